import { startApp, type RunningApp } from '@balanza/runtime';
import {
  eventually,
  freePorts,
  isolatedEnvironment,
  temporaryFolder,
  type TemporaryFolder,
} from '@balanza/testing';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lbWorkers } from './app.js';

// Workers run what was built; the build is a dependency of these tests.
const ROOT = join(import.meta.dirname, '..', '..', '..');
const WORKER = join(ROOT, 'apps', 'worker', 'dist', 'main.js');
/** Has a process say how much memory it needs once all garbage is gone. */
const MEMORY_PROBE =
  'data:text/javascript,process.on("message",()=>{gc();process.send(process.memoryUsage())})';

const TASKS = 10_000;
/** By then whatever is loaded or compiled at the first use is there. */
const WARM_UP = 1_000;
const CLIENTS = 100;
const GROWTH_BYTES = 50 * 1024 * 1024;

let postgres: TestPostgres;
let client: pg.Client;
let balancer: RunningApp;
let folder: TemporaryFolder;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  client = new pg.Client(postgres.url);
  await client.connect();
  folder = temporaryFolder();
  const [port = 0, eventsPort = 0, ...workerPorts] = await freePorts(4);
  const topology = {
    apps: { worker: workerPorts.map((each) => ({ port: each })) },
    balancers: { 'lb-workers': { port, eventsPort } },
  };
  const settings = {
    BALANZA_CONFIG: folder.write('balanza.json', JSON.stringify(topology)),
    DATABASE_URL: postgres.url,
    TASK_DURATION: '600',
    TASK_CONCURRENCY: '1',
    LOG_LEVEL: 'error',
  };
  balancer = await startApp(lbWorkers, settings);
  for (const each of workerPorts) {
    workers.push(
      spawn(process.execPath, ['--expose-gc', '--import', MEMORY_PROBE, WORKER], {
        cwd: ROOT,
        env: isolatedEnvironment(ROOT, { ...settings, PORT: String(each) }),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
  }
  for (const each of workerPorts) {
    await eventually(async () => {
      const { ok } = await fetch(`http://127.0.0.1:${each}/health/ready`);
      if (!ok) throw new Error(`the worker on port ${each} is not ready`);
    }, 30_000);
  }
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await balancer.stop();
  await client.end();
  await postgres.close();
  folder[Symbol.dispose]();
});

const url = () => `http://127.0.0.1:${balancer.context.port}`;

function memoryOf(worker: ChildProcess): Promise<NodeJS.MemoryUsage> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.MemoryUsage>();
  const onMessage = (message: object | NodeJS.MemoryUsage) => {
    // Heartbeats come by the same channel.
    if (!('rss' in message)) return;
    worker.off('message', onMessage);
    resolve(message);
  };
  worker.on('message', onMessage);
  worker.send('gc');
  return promise;
}

/** Posts tasks, by several clients at once, as fast as they are taken, until so many have been. */
async function post(count: number): Promise<void> {
  let accepted = 0;
  let asked = 0;
  const one = async () => {
    while (asked < count) {
      asked++;
      const answer = await fetch(`${url()}/task`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ report: 'november', lines: 'x'.repeat(200) }),
      });
      await answer.text();
      if (answer.status === 202) accepted++;
      // On a machine that is busy with other tests a worker may have to say that it takes nothing now.
      else asked--;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
  expect(accepted).toBe(count);
}

const inOrder = (counts: readonly number[]) => counts.toSorted((a, b) => a - b);

/** How many tasks each worker has in hand, by the balancer; the fewest first. */
async function shown(): Promise<number[]> {
  const { workers: all } = (await (await fetch(`${url()}/status`)).json()) as {
    workers: { active_connections: number }[];
  };
  return inOrder(all.map(({ active_connections }) => active_connections));
}

/** The same by the database. */
async function stored(): Promise<number[]> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM tasks WHERE status IN ('queued', 'running') GROUP BY worker_instance`,
  );
  return inOrder(rows.map(({ count }) => count));
}

it('10,000 tasks that wait cost each worker less than 50 MB, and are all in the count', async () => {
  await post(WARM_UP);
  const before = await Promise.all(workers.map(memoryOf));
  await post(TASKS);
  const counts = await stored();
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(WARM_UP + TASKS);
  await expect.poll(shown).toEqual(counts);
  const after = await Promise.all(workers.map(memoryOf));
  for (const [index, { rss, heapUsed }] of after.entries()) {
    expect(rss - (before[index]?.rss ?? Number.NaN)).toBeLessThan(GROWTH_BYTES);
    expect(heapUsed - (before[index]?.heapUsed ?? Number.NaN)).toBeLessThan(GROWTH_BYTES / 5);
  }

  // What others take out of the queue is out of the count within a second as well.
  await client.query(`UPDATE tasks SET status = 'cancelled' WHERE task_id IN
    (SELECT task_id FROM tasks WHERE status = 'queued' ORDER BY task_id LIMIT 7000)`);
  const left = await stored();
  await expect.poll(shown).toEqual(left);
});
