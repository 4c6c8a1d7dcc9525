/**
 * A process to be killed: accepts as many jobs as it is told, begins all of them and never ends one.
 * `node doomed-worker.ts <number of the recoverer> <url> <count>`
 */
import { RECOVERERS } from './recoverers.ts';

const [index = '', url = '', count = ''] = process.argv.slice(2);
const jobs = Number(count);
const recoverer = RECOVERERS[Number(index)];
if (recoverer === undefined) throw new Error('there is no such recoverer');
let begun = 0;
const worker = await recoverer.start({
  url,
  concurrency: jobs,
  handle() {
    if (++begun === jobs) process.stdout.write('ready\n');
    return new Promise(() => undefined);
  },
});
await Promise.all(Array.from({ length: jobs }, () => worker.accept()));
await worker.begin();
