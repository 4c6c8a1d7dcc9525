import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WorkerProcesses } from './testing/worker-processes.js';

/** After which a worker knows for sure that one which is silent is gone. */
const STEADY_MS = 3_500;
const STANDS_STILL_MS = 10_000;

const processes = new WorkerProcesses();

const tasksOf = (count: number) => Array.from({ length: count }, () => ({}));

it('what a killed worker had in hand runs elsewhere', async () => {
  const survivor = await processes.start('bbbbbbbb', 10);
  const victim = await processes.start('aaaaaaaa', 60_000);
  victim.accept(...tasksOf(10));
  await expect.poll(() => victim.has('began')).toHaveLength(10);
  await expect.poll(() => victim.has('accepted')).toHaveLength(10);
  await setTimeout(STEADY_MS);
  victim.kill('SIGKILL');
  await victim.ended;
  const began = () => survivor.has('began');
  await expect.poll(began, { interval: 10 }).toHaveLength(10);
  const completed = async () =>
    (await processes.database.store.list({ status: 'completed', limit: 20 })).tasks;
  await expect.poll(completed).toHaveLength(10);
  for (const { attempt, result, worker_instance } of await completed()) {
    expect([attempt, result, worker_instance]).toEqual([2, 'bbbbbbbb', 'bbbbbbbb']);
  }
});

it('a worker that stood still for 10 s neither ends its tasks twice nor overwrites what became of them', async () => {
  const successor = await processes.start('bbbbbbbb', 10);
  const paused = await processes.start('aaaaaaaa', 4_000);
  await setTimeout(STEADY_MS);
  paused.accept(...tasksOf(3));
  await expect.poll(() => paused.has('accepted')).toHaveLength(3);
  paused.kill('SIGSTOP');
  const stands = setTimeout(STANDS_STILL_MS);
  const all = async () => (await processes.database.store.list({ limit: 20 })).tasks;
  const states = async () => (await all()).map(({ status, attempt, result }) => [status, attempt, result]);
  const done = Array.from({ length: 3 }, () => ['completed', 2, 'bbbbbbbb']);
  await expect.poll(states).toEqual(done);
  const before = await all();
  await stands;
  paused.kill('SIGCONT');
  // It is itself again: it takes a task, and does it.
  paused.accept(...tasksOf(1));
  await expect.poll(() => paused.has('accepted')).toHaveLength(4);
  const own = ['completed', 1, 'aaaaaaaa'];
  await expect.poll(states).toEqual([own, ...done]);
  expect((await all()).slice(1)).toEqual(before);
  expect(successor.has('began')).toHaveLength(3);
});
