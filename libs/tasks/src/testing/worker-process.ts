/**
 * A worker as a process of its own, which tests kill and stop: `node worker-process.ts <url> <instance> <task ms>`. Says what
 * happens to it in lines on stdout, and accepts a task for each line on stdin.
 */
import { DatabasePool } from '@balanza/postgres';
import { LeaseStore, OrphanStore, TaskDefinitions, TaskRunner, WorkStore } from '@balanza/tasks';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const [url = '', instance = '', duration = '0'] = process.argv.slice(2);
const say = (...words: readonly unknown[]) => void process.stdout.write(`${words.join(' ')}\n`);

const pool = new DatabasePool({
  url,
  applicationName: instance,
  size: 3,
  queueLimit: 100,
  queueTimeoutMs: 2_000,
  statementTimeoutMs: 2_000,
});
const runner = new TaskRunner({
  work: new WorkStore(pool, instance),
  leases: new LeaseStore(pool, { instance, name: instance }),
  orphans: new OrphanStore(pool, { instance, name: instance }),
  instance,
  definitions: new TaskDefinitions({
    async handle(_payload, { task_id, attempt, signal }) {
      say('began', task_id, attempt);
      signal.addEventListener('abort', () => say('aborted', task_id, attempt));
      // Goes on when it is aborted, as careless handlers do.
      await setTimeout(Number(duration));
      return instance;
    },
  }),
});
await runner.start();
say('ready');
createInterface(process.stdin).on('line', () => void accept());

/** As a client would: tries again while the worker says that it takes nothing now. */
async function accept(): Promise<void> {
  try {
    say('accepted', (await runner.accept({})).task_id);
  } catch {
    await setTimeout(100);
    await accept();
  }
}
