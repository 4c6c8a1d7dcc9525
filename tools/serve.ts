/** `npx nx serve <app>`: all replicas of one app, until Ctrl-C. */
import { APP_NAMES } from '@balanza/topology';
import { launch } from './stack/launch.ts';

const [name, ...others] = process.argv.slice(2);
const app = APP_NAMES.find((each) => each === name);
if (app === undefined || others.length > 0) {
  if (others.length > 0) process.stderr.write(`There is no argument ${others.join(' ')}.\n`);
  process.stderr.write(`Usage: npx nx serve <app>, where <app> is one of ${APP_NAMES.join(', ')}\n`);
  process.exitCode = 1;
} else {
  await launch(
    [app],
    async (_topology, replicas) =>
      `${app} is ready: ${replicas.map(({ readyUrl }) => new URL(readyUrl).origin).join(', ')}`,
  );
}
