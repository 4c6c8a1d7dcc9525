import { expect, it } from 'vitest';
import type { AttemptFailure } from './attempt-outcome.js';
import { accept, idle, TaskRunners, type Handle } from './testing/task-runners.js';

const runners = new TaskRunners();

const refuse = () => {
  throw new Error('no words for it');
};
/** Throws whatever it is asked. */
const allTraps = new Proxy(new Error(), {
  get: refuse,
  getPrototypeOf: refuse,
  has: refuse,
  ownKeys: refuse,
  getOwnPropertyDescriptor: refuse,
});
// oxlint-disable-next-line no-thenable -- what a handler may return
const unreadable = Object.defineProperty({}, 'then', { get: refuse }) as Promise<unknown>;
const WITHOUT_TEXT = 'A value without text was thrown (object)';

const THROWN: readonly (readonly [what: string, thrown: unknown, error: string])[] = [
  ['an error', new Error('plain'), 'plain'],
  ['an error whose message is an object', Object.assign(new Error(), { message: { a: 1 } }), '{"a":1}'],
  [
    'an error whose message throws',
    Object.defineProperty(new Error(), 'message', { get: refuse }),
    WITHOUT_TEXT,
  ],
  ['an object without a prototype', Object.create(null), WITHOUT_TEXT],
  ['an object whose toString throws', { toString: refuse }, WITHOUT_TEXT],
  ['a Proxy whose every trap throws', allTraps, WITHOUT_TEXT],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['characters that text cannot hold', new Error('a\0b\ud800c'), 'a\u{FFFD}b\u{FFFD}c'],
  ['more text than is stored', new Error('x'.repeat(20_000_000)), 'x'.repeat(10_000)],
];

it('whatever handlers throw uses up the retries of its task, fails it alone and is heard of', async () => {
  const failures: AttemptFailure[] = [];
  const handle: Handle = async ({ index }) => {
    if (typeof index === 'number') throw THROWN[index]?.[1];
    return 'done';
  };
  const onFailedAttempt = (failure: AttemptFailure) => failures.push(failure);
  const runner = await runners.start({ handle, retries: 1, concurrency: 100, onFailedAttempt });
  const payloads = THROWN.flatMap((_thrown, index) => [{ index }, {}]);
  const ids = await Promise.all(payloads.map((payload) => accept(runner, payload)));
  await idle(runner);
  const tasks = await Promise.all(ids.map((id) => runners.store.get(id)));
  expect(tasks.map((task) => [task?.payload, task?.status, task?.attempt, task?.error])).toEqual(
    THROWN.flatMap(([, , error], index) => [
      [{ index }, 'failed', 2, error],
      [{}, 'completed', 1, null],
    ]),
  );
  const ofOne = (id: string | undefined) => failures.filter(({ task_id }) => task_id === id);
  for (const [index, [, , error]] of THROWN.entries()) {
    const [task_id, words] = [ids[2 * index], error.replace('a\u{FFFD}', 'a\0')];
    expect(ofOne(task_id)).toEqual([
      { task_id, attempt: 1, error: words, retryInMs: 1 },
      { task_id, attempt: 2, error: words },
    ]);
  }
  expect(failures).toHaveLength(2 * THROWN.length);
});

it.each<[string, Handle, string]>([
  ['a progress too small for its column', async (_payload, { progress }) => progress(1e-300), 'completed'],
  [
    'a result too deep for the database',
    async () => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown,
    'failed',
  ],
  ['a result with a character that text cannot hold', async () => 'a\0b\ud800', 'completed'],
  ['a thenable that throws', () => unreadable, 'failed'],
])('%s ends its task, and those of the same statement complete', async (_what, odd, status) => {
  const handle: Handle = (payload, context) =>
    payload['odd'] === true ? odd(payload, context) : Promise.resolve(1);
  const runner = await runners.start({ handle, retries: 0 });
  const payloads = [{}, { odd: true }, {}];
  const ids = await Promise.all(payloads.map((payload) => accept(runner, payload)));
  await idle(runner);
  expect(await runners.statuses(ids)).toEqual(['completed', status, 'completed']);
});

it('a task that has failed more often than can be counted still ends', async () => {
  const handle: Handle = () => Promise.reject(new Error('again'));
  const runner = await runners.start({ handle, retries: Infinity, concurrency: 1 });
  const id = await accept(runner, { run_at: '2100-01-01T00:00:00Z' });
  await runners.database.pool.query('UPDATE tasks SET failures = 32767, run_at = NULL');
  await runner.queuedFromOutside();
  await runners.becomes(id, { error: 'again' });
  const { rows } = await runners.database.pool.query('SELECT failures FROM tasks');
  expect(rows).toEqual([{ failures: 32_767 }]);
});

it('an attempt that cannot even be begun or measured counts as failed', async () => {
  const onAttempt = () => {
    throw new Error('not measured');
  };
  const runner = await runners.start({ retries: 1, onAttempt });
  const id = await accept(runner);
  expect(await runners.becomes(id, { status: 'failed' })).toMatchObject({
    attempt: 2,
    error: 'not measured',
  });
});

it('a payload that others wrote, and that is no object, is one without a handler', async () => {
  const runner = await runners.start();
  const { rows } = await runners.database.pool.query<{ task_id: string }>(
    `INSERT INTO tasks (worker_instance, payload) VALUES ('aaaaaaaa', 'null'), ('aaaaaaaa', '[1]') RETURNING task_id`,
  );
  await runner.queuedFromOutside();
  for (const { task_id } of rows) {
    expect(await runners.becomes(task_id, { status: 'completed' })).toMatchObject({ attempt: 1 });
  }
});
