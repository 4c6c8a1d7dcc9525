import { expect, it } from 'vitest';
import type { StuckHandler } from './late-handlers.js';
import { TaskDefinitions, type TaskContext } from './task-definition.js';
import { accept, acceptAll, gate, idle, TaskRunners, type Handle } from './testing/task-runners.js';

const runners = new TaskRunners();

/** Handlers that ignore their signals, each until the test ends it, and how many were at work at once. */
function careless() {
  const atWork: (TaskContext & { readonly end: () => void })[] = [];
  const most = { atOnce: 0, onOneTask: 0 };
  const handle: Handle = async (_payload, context) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    atWork.push({ ...context, end: resolve });
    most.atOnce = Math.max(most.atOnce, atWork.length);
    const same = atWork.filter(({ task_id }) => task_id === context.task_id);
    most.onOneTask = Math.max(most.onOneTask, same.length);
    await promise;
    atWork.splice(
      atWork.findIndex(({ end }) => end === resolve),
      1,
    );
    return context.attempt;
  };
  return { atWork, most, handle };
}

const PATIENCE = { timeout: 15_000 };

it('a handler that goes on when its time is up keeps its place, and its task does not begin again beside it', async () => {
  const { atWork, most, handle } = careless();
  const told: StuckHandler[] = [];
  const runner = await runners.start({
    concurrency: 2,
    timeLimitS: 0.05,
    retries: 100,
    stuckAfterMs: 20,
    onStuck: (stuck) => told.push(stuck),
    handle,
  });
  const ids = await acceptAll(runner, 6);
  // Both places are taken by handlers whose attempts have failed.
  await expect.poll(() => runner.stuckHandlers, PATIENCE).toBe(2);
  const stuck = atWork.map(({ task_id }) => task_id);
  await runners.becomes(stuck[0] ?? '', { status: 'queued', error: 'The attempt did not end within 0.05 s' });
  // What waits, and the retries that are due by now, have had many a renewal to begin.
  const renewals = async () => {
    for (let count = 0; count < 5; count++) await runner.queuedFromOutside();
  };
  await renewals();
  await expect.poll(() => runner.queuedTasks, PATIENCE).toBe(6);
  await renewals();
  expect(atWork.map(({ task_id, attempt }) => [task_id, attempt])).toEqual(stuck.map((id) => [id, 1]));
  const late = expect.any(Number) as unknown;
  expect(told).toEqual(stuck.map((task_id) => ({ task_id, attempt: 1, lateMs: late, hasEnded: false })));
  // One that ends gives its place to another task, or to its own.
  atWork[0]?.end();
  await expect
    .poll(() => told.at(-1), PATIENCE)
    .toEqual({ task_id: stuck[0], attempt: 1, lateMs: late, hasEnded: true });
  const ending = setInterval(() => atWork.forEach(({ end }) => end()), 10);
  for (const id of ids) await runners.becomes(id, { status: 'completed' });
  await idle(runner);
  clearInterval(ending);
  expect(most).toEqual({ atOnce: 2, onOneTask: 1 });
  expect(runner.stuckHandlers).toBe(0);
});

it('a handler that heeds its signal is not told of, and its place is free at once', async () => {
  const told: StuckHandler[] = [];
  const handle: Handle = (_payload, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => setImmediate(() => reject(new Error('stopped'))));
    });
  const onStuck = (stuck: StuckHandler) => told.push(stuck);
  const runner = await runners.start({ concurrency: 1, timeLimitS: 0.02, retries: 0, handle, onStuck });
  const ids = await acceptAll(runner, 5);
  for (const id of ids) await runners.becomes(id, { status: 'failed', attempt: 1 });
  expect(told).toEqual([]);
});

it('a task that is cancelled and redriven begins again once its handler has ended', async () => {
  const { atWork, most, handle } = careless();
  const runner = await runners.start({ concurrency: 2, handle });
  const id = await accept(runner);
  await runners.store.cancel(id);
  await runners.store.redrive(id, 'aaaaaaaa');
  await runner.queuedFromOutside();
  await expect.poll(() => atWork[0]?.signal.aborted, PATIENCE).toBe(true);
  // The other place is free for others meanwhile.
  const other = await accept(runner);
  await expect.poll(() => atWork.map(({ task_id }) => task_id), PATIENCE).toEqual([id, other]);
  await runner.queuedFromOutside();
  expect(atWork).toHaveLength(2);
  for (const { end } of atWork) end();
  await expect.poll(() => atWork.map(({ task_id }) => task_id), PATIENCE).toEqual([id]);
  atWork[0]?.end();
  expect((await runners.becomes(id, { status: 'completed' }))?.attempt).toBeGreaterThan(1);
  expect(most).toEqual({ atOnce: 2, onOneTask: 1 });
});

it('an attempt that is claimed before its predecessor has heard that it is not the latest is put back', async () => {
  const { atWork, most, handle } = careless();
  const runner = await runners.start({ concurrency: 2, handle });
  const ids = await acceptAll(runner, 3);
  await expect.poll(() => atWork.length, PATIENCE).toBe(2);
  // As if the task had been taken over, lost and adopted again meanwhile.
  await runners.database.pool.query("UPDATE tasks SET status = 'queued' WHERE task_id = $1", [ids[0]]);
  // A place comes free, and the oldest task is claimed before the next renewal.
  atWork[1]?.end();
  await expect.poll(() => atWork[0]?.signal.aborted, PATIENCE).toBe(true);
  const ending = setInterval(() => atWork.forEach(({ end }) => end()), 10);
  for (const id of ids) await runners.becomes(id, { status: 'completed' });
  clearInterval(ending);
  expect(most).toEqual({ atOnce: 2, onOneTask: 1 });
});

it.each([30 * 86_400, Infinity])(
  'an attempt may take %d s, and a stop may wait for as long',
  async (seconds) => {
    const { started, open, handle } = gate();
    const definitions = new TaskDefinitions({ handle, timeLimitS: seconds });
    const runner = await runners.start({ definitions, retries: 0 });
    const id = await accept(runner);
    await expect.poll(() => started.length, PATIENCE).toBe(1);
    const stopped = runner.stop(seconds * 1000);
    await runners.store.get(id);
    expect(started[0]?.signal.aborted).toBe(false);
    open();
    await stopped;
    expect(await runners.store.get(id)).toMatchObject({ status: 'completed', attempt: 1, result: 'done' });
  },
);
