/** `npm run stop`: ends a stack that lost its terminal. Only what its launchers recorded is touched. Needs no build. */
import { endRecorded } from './stack/end-recorded.ts';
import { readEnvironment } from './stack/environment.ts';

try {
  const ended = await endRecorded(readEnvironment().runDirectory);
  process.stdout.write(
    ended.length === 0 ? 'Nothing to stop.\n' : `Stopped:\n${ended.map((line) => `  ${line}\n`).join('')}`,
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
