import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import type { Contestant, ProxyPlace } from './contestant.ts';

const APP = fileURLToPath(new URL('../../../../apps/load-balancer/dist/main.js', import.meta.url));

/** The whole `load-balancer` app, as somebody runs it in front of a backend of their own. */
export const balanza: Contestant = {
  name: 'balanza',
  title: 'Balanza',
  version: packageJson.version,
  maxThreads: 2,
  command(place) {
    const configurationFile = join(place.folder, 'balanza.yaml');
    writeFileSync(configurationFile, configurationOf(place));
    return {
      file: process.execPath,
      args: [APP],
      env: {
        NODE_ENV: 'production',
        BALANZA_CONFIG: configurationFile,
        // Above the connections of the widest scenario.
        MAX_IN_FLIGHT: '2000',
      },
    };
  },
};

function configurationOf({ port, backendPort, threads }: ProxyPlace): string {
  return `balancers:
  load-balancer:
    port: ${port}
    threads: ${threads}
    backends:
      - url: http://127.0.0.1:${backendPort}
`;
}
