import { parseLoadHeader, type Task } from '@balanza/contracts';
import { startApp, type RunningApp } from '@balanza/runtime';
import { migrate } from '@balanza/tasks';
import { eventually, freePorts } from '@balanza/testing';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { worker } from '../app.js';

/**
 * A PostgreSQL for all tests of a file, without tasks at the start of each, and the workers that a test starts on it.
 *
 * @param defaults environment of every worker
 */
export function useWorkers(defaults: Record<string, string> = {}) {
  const apps: RunningApp[] = [];
  let postgres: TestPostgres | undefined;
  /** Where workers report to; nobody listens unless a test does. */
  let eventsPort = 0;

  beforeAll(async () => {
    postgres = await startTestPostgres();
    await migrate(postgres.url);
  });
  afterAll(() => postgres?.close());
  beforeEach(async () => {
    await sql('TRUNCATE tasks, task_workers');
    [eventsPort = 0] = await freePorts(1);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.stop()));
  });

  function database(): TestPostgres {
    if (postgres === undefined) throw new Error('the database is not up yet');
    return postgres;
  }

  async function sql(text: string): Promise<unknown[]> {
    const client = new pg.Client(database().url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts a worker, which may not be ready yet. */
  async function begin(env: Record<string, string> = {}): Promise<RunningApp> {
    const [port] = await freePorts(1);
    const app = await startApp(worker, {
      PORT: String(port),
      LOG_LEVEL: 'silent',
      LOG_FORMAT: 'json',
      DATABASE_URL: database().url,
      TASK_DURATION: '0.05',
      EVENTS_URL: `tcp://127.0.0.1:${eventsPort}`,
      ...defaults,
      ...env,
    });
    apps.push(app);
    return app;
  }

  async function start(env: Record<string, string> = {}): Promise<RunningApp> {
    const app = await begin(env);
    await ready(app);
    return app;
  }

  async function stop(app: RunningApp): Promise<void> {
    apps.splice(apps.indexOf(app), 1);
    await app.stop();
  }

  return { database, sql, begin, start, stop, eventsPort: () => eventsPort };
}

/** Waits until a worker is ready. */
export const ready = (app: RunningApp) =>
  eventually(async () => expect(await get(app, '/health/ready')).toMatchObject({ status: 200 }));

export const urlOf = ({ context }: RunningApp, path: string) => `http://127.0.0.1:${context.port}${path}`;

export async function ask(app: RunningApp, method: string, path: string, body?: unknown, headers = {}) {
  const response = await fetch(urlOf(app, path), {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

export async function get(app: RunningApp, path: string) {
  const { status, body } = await ask(app, 'GET', path);
  return { status, body };
}

/** Sends a task as it is, JSON or not. */
export async function post(app: RunningApp, body: string) {
  const response = await fetch(urlOf(app, '/task'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    refused: response.headers.get('x-balanza-refused'),
    proxyStatus: response.headers.get('proxy-status'),
    load: parseLoadHeader(response.headers.get('endpoint-load-metrics') ?? ''),
    instance: response.headers.get('x-balanza-instance'),
    body: (await response.json()) as { task_id: string },
  };
}

/** Has a task accepted, and gives its id. */
export async function accept(app: RunningApp, payload: unknown = {}): Promise<string> {
  const { status, body } = await ask(app, 'POST', '/task', payload);
  expect(status).toBe(202);
  return (body as { task_id: string }).task_id;
}

export const read = async (app: RunningApp, id: string) => (await get(app, `/tasks/${id}`)).body as Task;

/** Waits until a task has these members, and gives it. */
export const becomes = (app: RunningApp, id: string, members: Partial<Task>) =>
  eventually(async () => {
    const task = await read(app, id);
    expect(task).toMatchObject(members);
    return task;
  });

export const finished = (app: RunningApp, id: string) => becomes(app, id, { status: 'completed' });
