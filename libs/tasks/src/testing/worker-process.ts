/**
 * A worker as a process of its own, which tests kill and stop: `node worker-process.ts <url> <instance> <task ms> [name]`. Says what
 * happens to it in lines on stdout, and accepts a task for each line on stdin: its payload, `{}` when the line is empty. One with
 * `{"does": …}` ends its process: `exit` at once, `reject` by a rejected promise that it leaves, `throw` by an error in a timer.
 */
import { DatabasePool } from '@balanza/postgres';
import {
  currentAttempt,
  LeaseStore,
  OrphanStore,
  TaskDefinitions,
  TaskRunner,
  WorkStore,
} from '@balanza/tasks';
import type { TaskPayload } from '@balanza/contracts';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const [url = '', instance = '', duration = '0', name = instance] = process.argv.slice(2);
const say = (...words: readonly unknown[]) => void process.stdout.write(`${words.join(' ')}\n`);

const atWork = new Set<string>();
/** Once the neighbours have begun. */
const misdeeds: Readonly<Record<string, () => Promise<unknown>>> = {
  exit: async () => {
    await setTimeout(200);
    process.exit(7);
  },
  reject: async () => {
    await setTimeout(200);
    void Promise.reject(new Error('left behind'));
  },
  throw: async () => {
    globalThis.setTimeout(() => {
      throw new Error('out of nowhere');
    }, 200);
  },
};

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
  leases: new LeaseStore(pool, { instance, name }),
  orphans: new OrphanStore(pool, { instance, name }),
  instance,
  definitions: new TaskDefinitions({
    async handle({ does }, { task_id, attempt, signal }) {
      say('began', task_id, attempt, atWork.size);
      atWork.add(task_id);
      if (typeof does === 'string') await misdeeds[does]?.();
      signal.addEventListener('abort', () => say('aborted', task_id, attempt));
      // Goes on when it is aborted, as careless handlers do.
      await setTimeout(Number(duration));
      atWork.delete(task_id);
      return instance;
    },
  }),
});
process.once('uncaughtException', () => {
  const culprit = currentAttempt();
  if (culprit === undefined) process.exit(1);
  void runner.abandon(culprit).finally(() => process.exit(1));
});
await runner.start();
say('ready');
createInterface(process.stdin).on('line', (line) => void accept(JSON.parse(line || '{}') as TaskPayload));

/** As a client would: tries again while the worker says that it takes nothing now. */
async function accept(payload: TaskPayload): Promise<void> {
  try {
    say('accepted', (await runner.accept(payload)).task_id);
  } catch {
    await setTimeout(100);
    await accept(payload);
  }
}
