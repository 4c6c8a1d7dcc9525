import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import type { Contestant, ProxyPlace } from './contestant.ts';

/** The root of the workspace that this benchmark belongs to. */
export const WORKSPACE = fileURLToPath(new URL('../../../..', import.meta.url));

/** The whole `load-balancer` app, as an operator runs it in front of a backend of their own. */
export const balanza = balanzaOf({
  name: 'balanza',
  title: 'Balanza',
  version: packageJson.version,
  workspace: WORKSPACE,
});

/** The `load-balancer` app of a built workspace. */
export function balanzaOf({
  workspace,
  ...shown
}: Pick<Contestant, 'name' | 'title' | 'version'> & { readonly workspace: string }): Contestant {
  return {
    ...shown,
    maxThreads: 2,
    command(place) {
      const configurationFile = join(place.folder, 'balanza.yaml');
      writeFileSync(configurationFile, configurationOf(place));
      return {
        file: process.execPath,
        args: [join(workspace, 'apps/load-balancer/dist/main.js')],
        env: {
          NODE_ENV: 'production',
          BALANZA_CONFIG: configurationFile,
          // Above the connections of the widest scenario.
          MAX_IN_FLIGHT: '2000',
        },
      };
    },
  };
}

function configurationOf({ port, backendPort, threads }: ProxyPlace): string {
  return `balancers:
  load-balancer:
    port: ${port}
    threads: ${threads}
    backends:
      - url: http://127.0.0.1:${backendPort}
`;
}
