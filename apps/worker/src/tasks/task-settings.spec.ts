import type { Task } from '@balanza/contracts';
import { startApp, type AppDefinition, type RunningApp } from '@balanza/runtime';
import { migrate } from '@balanza/tasks';
import { TaskHandler } from '@balanza/tasks/nest';
import { eventually, freePorts } from '@balanza/testing';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { Injectable, Module } from '@nestjs/common';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../app.module.js';
import { worker } from '../app.js';

@TaskHandler('fail')
@Injectable()
class FailingHandler {
  async handle(): Promise<never> {
    throw new Error('no');
  }
}

@TaskHandler('hang')
@Injectable()
class HangingHandler {
  handle(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Module({ imports: [AppModule], providers: [FailingHandler, HangingHandler] })
class TestModule {}

/** The worker, with handlers that it does not have otherwise. */
const definition: AppDefinition<NonNullable<typeof worker.config>> = {
  ...worker,
  create: () => ({ module: TestModule }),
};

let postgres: TestPostgres;
let client: pg.Client;
const apps: RunningApp[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url);
  client = new pg.Client(postgres.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await postgres.close();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

async function start(env: Record<string, string>): Promise<string> {
  const [port, closed] = await freePorts(2);
  const app = await startApp(definition, {
    PORT: String(port),
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    DATABASE_URL: postgres.url,
    EVENTS_URL: `tcp://127.0.0.1:${closed}`,
    ...env,
  });
  apps.push(app);
  const url = `http://127.0.0.1:${app.context.port}`;
  await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200));
  return url;
}

/** Posts a task, and waits until it has these members. */
async function taskThat(url: string, task: string, members: Partial<Task>): Promise<Task> {
  const answer = await fetch(`${url}/task`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ task }),
  });
  const { task_id } = (await answer.json()) as { task_id: string };
  return eventually(async () => {
    const found = (await (await fetch(`${url}/tasks/${task_id}`)).json()) as Task;
    expect(found).toMatchObject(members);
    return found;
  });
}

it('a task that fails is tried again as often as TASK_RETRIES says', async () => {
  const url = await start({ TASK_RETRIES: '2', TASK_RETRY_DELAY: '0.01' });
  expect(await taskThat(url, 'fail', { status: 'failed' })).toMatchObject({ attempt: 3, error: 'no' });
});

it.each([
  [{ TASK_RETRY_DELAY: '40' }, 20, 40],
  [{ TASK_RETRY_DELAY: '40', TASK_RETRY_MAX_DELAY: '10' }, 5, 10],
])('and waits before that as %j says', async (env, least, most) => {
  const url = await start(env);
  const before = Date.now();
  const { run_at } = await taskThat(url, 'fail', { status: 'queued', error: 'no' });
  const delay = (Date.parse(run_at ?? '') - before) / 1000;
  expect(delay).toBeGreaterThan(least);
  expect(delay).toBeLessThan(most + 5);
});

it('an attempt may take as long as TASK_TIME_LIMIT', async () => {
  const url = await start({ TASK_TIME_LIMIT: '0.1', TASK_RETRIES: '0' });
  expect(await taskThat(url, 'hang', { status: 'failed' })).toMatchObject({
    attempt: 1,
    error: 'The attempt did not end within 0.1 s',
  });
});

it('tasks that have ended are kept for as long as TASK_RETENTION and TASK_FAILED_RETENTION say', async () => {
  const kinds = ['completed', 'cancelled', 'failed'].flatMap((status) =>
    [30, 300].map((age) => [status, age]),
  );
  await client.query('TRUNCATE tasks');
  for (const [status, age] of [...kinds, ['failed', 3_000]]) {
    await client.query(
      `INSERT INTO tasks (worker_instance, status, payload, finished_at)
       VALUES ('00000000', $1, '{}', now() - $2 * interval '1 s')`,
      [status, age],
    );
  }
  await start({ TASK_RETENTION: '100', TASK_FAILED_RETENTION: '1000' });
  const left = async () =>
    (
      await client.query<{ status: string; age: number }>(
        `SELECT status, extract(epoch FROM now() - finished_at)::int / 10 * 10 AS age FROM tasks ORDER BY status, age`,
      )
    ).rows.map(({ status, age }) => `${status} ${age}`);
  await expect
    .poll(left, { timeout: 10_000 })
    .toEqual(['cancelled 30', 'completed 30', 'failed 30', 'failed 300']);
});
