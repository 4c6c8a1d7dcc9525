/** `npx nx serve <app>`: all replicas of one app, until Ctrl-C. */
import { APP_NAMES } from '@balanza/topology';
import { launch } from './stack/launch.ts';

const app = APP_NAMES.find((name) => name === process.argv[2]);
if (app === undefined) {
  process.stderr.write(`Usage: node tools/serve.ts <app>, where <app> is one of ${APP_NAMES.join(', ')}\n`);
  process.exitCode = 1;
} else {
  await launch(
    [app],
    async (_topology, replicas) =>
      `${app} is ready: ${replicas.map(({ readyUrl }) => new URL(readyUrl).origin).join(', ')}`,
  );
}
