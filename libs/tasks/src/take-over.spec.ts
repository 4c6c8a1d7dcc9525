import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';

// Processes run what was built; the build is a dependency of these tests.
const PROCESS = join(import.meta.dirname, 'testing', 'worker-process.ts');
/** After which a worker knows for sure that one which is silent is gone. */
const STEADY_MS = 3_500;
const STANDS_STILL_MS = 10_000;

let database: TaskDatabase;
const running: { kill(signal: NodeJS.Signals): void }[] = [];

beforeAll(async () => {
  database = await startTaskDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.empty());
afterEach(() => {
  for (const worker of running.splice(0)) worker.kill('SIGKILL');
});

async function startWorker(instance: string, taskMs: number) {
  const child = spawn(process.execPath, [PROCESS, database.url, instance, String(taskMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(line));
  const worker = {
    said,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    accept: (count: number) => void child.stdin.write('\n'.repeat(count)),
    has: (event: string) => said.filter((line) => line.startsWith(`${event} `)),
    ended: once(child, 'exit'),
  };
  running.push(worker);
  await expect.poll(() => said).toContain('ready');
  return worker;
}

it('what a killed worker had in hand runs elsewhere', async () => {
  const survivor = await startWorker('bbbbbbbb', 10);
  const victim = await startWorker('aaaaaaaa', 60_000);
  victim.accept(10);
  await expect.poll(() => victim.has('began')).toHaveLength(10);
  await expect.poll(() => victim.has('accepted')).toHaveLength(10);
  await setTimeout(STEADY_MS);
  victim.kill('SIGKILL');
  await victim.ended;
  const began = () => survivor.has('began');
  await expect.poll(began, { interval: 10 }).toHaveLength(10);
  const completed = async () => (await database.store.list({ status: 'completed', limit: 20 })).tasks;
  await expect.poll(completed).toHaveLength(10);
  for (const { attempt, result, worker_instance } of await completed()) {
    expect([attempt, result, worker_instance]).toEqual([2, 'bbbbbbbb', 'bbbbbbbb']);
  }
});

it('a worker that stood still for 10 s neither ends its tasks twice nor overwrites what became of them', async () => {
  const successor = await startWorker('bbbbbbbb', 10);
  const paused = await startWorker('aaaaaaaa', 4_000);
  await setTimeout(STEADY_MS);
  paused.accept(3);
  await expect.poll(() => paused.has('accepted')).toHaveLength(3);
  paused.kill('SIGSTOP');
  const stands = setTimeout(STANDS_STILL_MS);
  const all = async () => (await database.store.list({ limit: 20 })).tasks;
  const states = async () => (await all()).map(({ status, attempt, result }) => [status, attempt, result]);
  const done = Array.from({ length: 3 }, () => ['completed', 2, 'bbbbbbbb']);
  await expect.poll(states).toEqual(done);
  const before = await all();
  await stands;
  paused.kill('SIGCONT');
  // It is itself again: it takes a task, and does it.
  paused.accept(1);
  await expect.poll(() => paused.has('accepted')).toHaveLength(4);
  const own = ['completed', 1, 'aaaaaaaa'];
  await expect.poll(states).toEqual([own, ...done]);
  expect((await all()).slice(1)).toEqual(before);
  expect(successor.has('began')).toHaveLength(3);
});
