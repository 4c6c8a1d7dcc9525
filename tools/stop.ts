/** `npm run stop`: ends a stack that lost its terminal. Only what its launchers recorded is touched. */
import { endRecorded } from './stack/end-recorded.ts';
import { readEnvironment } from './stack/environment.ts';

const ended = await endRecorded(readEnvironment().runDirectory);
process.stdout.write(
  ended.length === 0 ? 'Nothing to stop.\n' : `Stopped:\n${ended.map((line) => `  ${line}\n`).join('')}`,
);
