import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../processes/installed.ts';
import type { Contestant, ProxyPlace } from './contestant.ts';

const program = findProgram('haproxy', '-v', /version (\d[\d.]*)/);

/** HAProxy in the foreground. */
export const haproxy: Contestant = {
  name: 'haproxy',
  title: 'HAProxy',
  version: program?.version,
  maxThreads: 2,
  command(place) {
    const configurationFile = join(place.folder, 'haproxy.cfg');
    writeFileSync(configurationFile, configurationOf(place));
    return { file: program?.file ?? 'haproxy', args: ['-db', '-q', '-f', configurationFile] };
  },
};

function configurationOf({ port, backendPort, threads }: ProxyPlace): string {
  return `global
  maxconn 8192
  nbthread ${threads}

defaults
  mode http
  timeout connect 1s
  timeout client 75s
  timeout server 60s
  option http-keep-alive

frontend bench
  bind 127.0.0.1:${port} backlog 4096
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request add-header Via "1.1 bench"
  default_backend backend

backend backend
  http-reuse always
  server backend 127.0.0.1:${backendPort}
`;
}
