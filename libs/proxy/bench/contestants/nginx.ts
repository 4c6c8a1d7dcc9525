import type { Contestant, ProxyPlace } from './contestant.ts';
import { nginxCommand, nginxProgram } from './nginx-command.ts';

/** nginx as a reverse proxy, with buffers that keep every answer of the benchmark in memory. */
export const nginx: Contestant = {
  name: 'nginx',
  title: 'nginx',
  version: nginxProgram?.version,
  maxThreads: 2,
  command: (place) =>
    nginxCommand(nginxProgram?.file ?? 'nginx', place.folder, place.threads, directivesOf(place)),
};

function directivesOf({ port, backendPort, threads }: ProxyPlace): string {
  return `
  map $http_via $bench_via { "" "1.1 bench"; default "$http_via, 1.1 bench"; }
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096${threads > 1 ? ' reuseport' : ''};
    client_body_buffer_size 64k;
    proxy_buffers 16 8k;
    proxy_max_temp_file_size 0;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Via $bench_via;
      proxy_set_header X-Request-Id $request_id;
    }
  }`;
}
