import { LOAD_REPORT_EVENT, parseLoadHeader, task as taskSchema, type Task } from '@balanza/contracts';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { startApp, type RunningApp } from '@balanza/runtime';
import { migrate } from '@balanza/tasks';
import { eventually, freePorts, temporaryFolder } from '@balanza/testing';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { worker } from './app.js';

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

let postgres: TestPostgres;
let eventsPort: number;
const apps: RunningApp[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url);
});
afterAll(async () => {
  await postgres.close();
});
beforeEach(async () => {
  await sql('TRUNCATE tasks, task_workers');
  [eventsPort = 0] = await freePorts(1);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

async function begin(env: Record<string, string> = {}): Promise<RunningApp> {
  const [port] = await freePorts(1);
  const app = await startApp(worker, {
    PORT: String(port),
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    DATABASE_URL: postgres.url,
    TASK_DURATION: '0.05',
    EVENTS_URL: `tcp://127.0.0.1:${eventsPort}`,
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

const ready = (app: RunningApp) =>
  eventually(async () => expect(await get(app, '/health/ready')).toMatchObject({ status: 200 }));

async function get(app: RunningApp, path: string) {
  const response = await fetch(`http://127.0.0.1:${app.context.port}${path}`);
  return { status: response.status, body: (await response.json()) as unknown };
}

async function post(app: RunningApp, body: string) {
  const response = await fetch(`http://127.0.0.1:${app.context.port}/task`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    refused: response.headers.get('x-balanza-refused'),
    load: parseLoadHeader(response.headers.get('endpoint-load-metrics') ?? ''),
    instance: response.headers.get('x-balanza-instance'),
    body: (await response.json()) as { task_id: string },
  };
}

const accept = async (app: RunningApp, payload: unknown = {}) =>
  (await post(app, JSON.stringify(payload))).body.task_id;

const read = async (app: RunningApp, id: string) => (await get(app, `/tasks/${id}`)).body as Task;

const finished = (app: RunningApp, id: string) =>
  eventually(async () => {
    const task = await read(app, id);
    expect(task.status).toBe('completed');
    return task;
  });

async function sql(text: string): Promise<unknown[]> {
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('accepting a task', () => {
  it('answers 202 once it is stored, with the load that includes it', async () => {
    const app = await start();
    const { instance } = app.context;
    const answer = await post(app, '{"n":1}');
    expect(answer).toEqual({
      status: 202,
      retryAfter: null,
      refused: null,
      load: { instance, sequence: expect.any(Number) as unknown, active_tasks: 1 },
      instance,
      body: { status: 'Started', worker_instance: instance, task_id: UUID },
    });
    expect(await sql(`SELECT payload FROM tasks WHERE task_id = '${answer.body.task_id}'`)).toEqual([
      { payload: { n: 1 } },
    ]);
  });

  it.each([['[]'], ['1'], ['"x"'], ['null'], ['{"a":'], ['']])('refuses %j with 400', async (body) => {
    const answer = await post(await start(), body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.any(String) as unknown } });
  });

  const deep = `${'{"a":'.repeat(99)}{}${'}'.repeat(99)}`;
  it.each([
    ['{"nul":"\\u0000","lone":"\\ud800","ñ":"🦉"}'],
    [deep],
    ['{"constructor":1,"prototype":{"x":[null]}}'],
  ])('keeps its payload: %.60s', async (body) => {
    const app = await start();
    const { status, body: accepted } = await post(app, body);
    expect(status).toBe(202);
    expect((await finished(app, accepted.task_id)).payload).toEqual(JSON.parse(body));
  });

  it('answers 503 when as many wait as may', async () => {
    const app = await start({ TASK_DURATION: '60', TASK_CONCURRENCY: '1', TASK_QUEUE_LIMIT: '1' });
    const first = await accept(app);
    await eventually(async () => expect((await read(app, first)).status).toBe('running'));
    expect(await post(app, '{}')).toMatchObject({ status: 202 });
    expect(await post(app, '{}')).toMatchObject({
      status: 503,
      retryAfter: '5',
      refused: '1',
      body: { error: 'This worker has 1 tasks waiting, as many as it takes; try again later' },
    });
  });
});

describe('every answer of a worker', () => {
  const loadOf = async (app: RunningApp, path: string, init?: RequestInit) => {
    const answer = await fetch(`http://127.0.0.1:${app.context.port}${path}`, init);
    await answer.body?.cancel();
    const header = answer.headers.get('endpoint-load-metrics') ?? '';
    return [answer.status, parseLoadHeader(header), answer.headers.get('x-balanza-instance')];
  };

  it('says how many tasks it has in hand, also when it is no task that is answered', async () => {
    const app = await start({ TASK_DURATION: '60', TASK_CONCURRENCY: '1', TASK_QUEUE_LIMIT: '1' });
    const { instance } = app.context;
    const id = await accept(app);
    await accept(app);
    const json = { 'content-type': 'application/json' };
    const posted = { method: 'POST', headers: json };
    const answers = [
      await loadOf(app, `/tasks/${id}`),
      await loadOf(app, `/tasks/${id}/events`),
      await loadOf(app, '/tasks'),
      await loadOf(app, '/tasks/none'),
      await loadOf(app, '/nothing'),
      await loadOf(app, '/task', { method: 'DELETE' }),
      await loadOf(app, '/task', { ...posted, body: '{' }),
      await loadOf(app, '/task', { ...posted, body: JSON.stringify({ long: 'x'.repeat(1_048_576) }) }),
      await loadOf(app, '/task', { ...posted, body: '{}' }),
      await loadOf(app, '/health/live'),
      await loadOf(app, `/tasks/${id}`, { method: 'DELETE' }),
    ];
    const load = { instance, sequence: expect.any(Number) as unknown, active_tasks: 2 };
    const statuses = [200, 200, 200, 404, 404, 405, 400, 413, 503, 200];
    expect(answers.slice(0, -1)).toEqual(statuses.map((status) => [status, load, instance]));
    expect(answers.at(-1)).toMatchObject([200, { instance }, instance]);
    const sequences = answers.map(([, figures]) => (figures as { sequence: number }).sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
  });
});

describe('a task', () => {
  it('runs for as long as configured and keeps its result', async () => {
    const app = await start({ TASK_DURATION: '0.3' });
    const id = await accept(app, { n: 1 });
    const task = await finished(app, id);
    expect(task).toEqual({
      task_id: id,
      status: 'completed',
      payload: { n: 1 },
      attempt: 1,
      worker_instance: app.context.instance,
      created_at: TIME,
      started_at: TIME,
      finished_at: TIME,
      result: { duration: 0.3 },
      error: null,
    });
    expect(taskSchema.safeParse(task).success).toBe(true);
    expect(Date.parse(task.finished_at ?? '') - Date.parse(task.started_at ?? '')).toBeGreaterThanOrEqual(
      299,
    );
  });

  it('waits while as many run as may', async () => {
    const app = await start({ TASK_DURATION: '60', TASK_CONCURRENCY: '2' });
    const ids = await Promise.all([1, 2, 3].map((n) => accept(app, { n })));
    await eventually(async () => {
      const statuses = await Promise.all(ids.map(async (id) => (await read(app, id)).status));
      expect(statuses.filter((status) => status === 'running')).toHaveLength(2);
      expect(statuses.filter((status) => status === 'queued')).toHaveLength(1);
    });
  });

  it('is counted in the metrics, also while it waits', async () => {
    const app = await start({ TASK_DURATION: '60', TASK_CONCURRENCY: '2' });
    await Promise.all([1, 2, 3].map((n) => accept(app, { n })));
    await eventually(async () => {
      const text = await (await fetch(`http://127.0.0.1:${app.context.port}/metrics`)).text();
      const gauges = text.matchAll(/^(balanza_worker_\w+)\{.*\} (\d+)$/gm);
      expect(Array.from(gauges, ([, name, value]) => [name, Number(value)])).toEqual([
        ['balanza_worker_active_tasks', 3],
        ['balanza_worker_queued_tasks', 1],
      ]);
    });
  });

  it('is told of by every worker', async () => {
    const [one, other] = [await start(), await start()];
    const id = await accept(one);
    expect(await finished(other, id)).toMatchObject({ worker_instance: one.context.instance });
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'no-uuid', '%00'])(
    'that is unknown is 404: %s',
    async (id) => {
      const answer = await get(await start(), `/tasks/${id}`);
      expect(answer).toEqual({
        status: 404,
        body: { error: expect.stringContaining('There is no task') as unknown },
      });
    },
  );
});

describe('a worker that restarts', () => {
  it('goes on with what it had accepted, running or not', async () => {
    const env = { WORKER_NAME: 'phoenix', TASK_CONCURRENCY: '1' };
    const first = await start({ ...env, TASK_DURATION: '60' });
    const ids = [await accept(first), await accept(first)];
    await eventually(async () => expect((await read(first, ids[0] ?? '')).status).toBe('running'));
    await stop(first);
    const second = await start(env);
    const tasks = await Promise.all(ids.map((id) => finished(second, id)));
    expect(tasks.map(({ attempt }) => attempt)).toEqual([2, 1]);
    expect(tasks.map((task) => task.worker_instance)).toEqual([
      second.context.instance,
      second.context.instance,
    ]);
  });

  it('takes up what a process that was killed left as running', async () => {
    await sql(
      `INSERT INTO task_workers (instance, name, lease_until) VALUES ('deadbeef', 'killed', now() + interval '1 min')`,
    );
    const rows = await sql(
      `INSERT INTO tasks (worker_instance, status, payload, attempt, started_at)
       VALUES ('deadbeef', 'running', '{}', 1, now()) RETURNING task_id`,
    );
    const [{ task_id }] = rows as [{ task_id: string }];
    const app = await start({ WORKER_NAME: 'killed' });
    expect(await finished(app, task_id)).toMatchObject({ attempt: 2, worker_instance: app.context.instance });
  });

  it('lets the tasks that run end first, when they end soon', async () => {
    const app = await start({ TASK_DURATION: '0.5' });
    const id = await accept(app);
    await eventually(async () => expect((await read(app, id)).status).toBe('running'));
    await stop(app);
    expect(await sql(`SELECT status FROM tasks WHERE task_id = '${id}'`)).toEqual([{ status: 'completed' }]);
  });
});

describe('a worker without a DATABASE_URL', () => {
  it('uses the PostgreSQL that the topology gives the database service', async () => {
    using folder = temporaryFolder();
    const topology = JSON.stringify({ postgres: { port: postgres.port } });
    const app = await start({
      DATABASE_URL: '',
      BALANZA_CONFIG: folder.write('topology.json', topology),
    });
    const task_id = await accept(app, { own: true });
    expect(await sql(`SELECT payload FROM tasks WHERE task_id = '${task_id}'`)).toEqual([
      { payload: { own: true } },
    ]);
  });
});

describe('a worker that ends', () => {
  it('takes no more requests while its tasks end, so that the balancer goes to another', async () => {
    const app = await start({ TASK_DURATION: '2' });
    const id = await accept(app);
    await eventually(async () => expect((await read(app, id)).status).toBe('running'));
    const stopped = stop(app);
    await eventually(() => expect(accept(app)).rejects.toThrow('fetch failed'), 1_000);
    const status = () => sql(`SELECT status FROM tasks WHERE task_id = '${id}'`);
    expect(await status()).toEqual([{ status: 'running' }]);
    await stopped;
    expect(await status()).toEqual([{ status: 'completed' }]);
  });
});

describe('while the database is away', () => {
  it('accepts nothing, says when to come again, and goes on afterwards', async () => {
    const app = await start({ TASK_DURATION: '0.5' });
    const id = await accept(app, { before: true });
    await postgres.server.stop();
    try {
      const error = 'The database cannot be reached now; try again';
      expect(await post(app, '{"during":true}')).toMatchObject({
        status: 503,
        retryAfter: '1',
        // It may have been stored.
        refused: null,
        body: { error },
      });
      expect(await get(app, `/tasks/${id}`)).toEqual({ status: 503, body: { error } });
      expect(await get(app, '/health/ready')).toMatchObject({ status: 503 });
    } finally {
      await postgres.server.start();
    }
    await finished(app, id);
    expect(await sql(`SELECT payload FROM tasks WHERE payload::text LIKE '%during%'`)).toEqual([]);
  });

  it('starts all the same, and is ready once the database is', async () => {
    await postgres.server.stop();
    let app;
    try {
      app = await begin();
      expect(await get(app, '/health/ready')).toMatchObject({ status: 503 });
      expect(await post(app, '{}')).toMatchObject({ status: 503, retryAfter: '1', refused: '1' });
    } finally {
      await postgres.server.start();
    }
    await ready(app);
    await finished(app, await accept(app));
  });
});

interface Report {
  readonly url: string;
  readonly instance: string;
  readonly sequence: number;
  readonly active_tasks: number;
}

const reports: Report[] = [];

@Controller()
class ReportController {
  @EventPattern(LOAD_REPORT_EVENT)
  take(@Payload() report: Report): void {
    reports.push(report);
  }
}

@Module({ controllers: [ReportController] })
class BalancerModule {}

describe('load reports', () => {
  async function listen() {
    reports.splice(0);
    const balancer = await NestFactory.createMicroservice<MicroserviceOptions>(BalancerModule, {
      logger: false,
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: eventsPort },
    });
    await balancer.listen();
    return balancer;
  }

  it('follow every change, are repeated, and each is newer than the one before', async () => {
    const balancer = await listen();
    const app = await start({ TASK_DURATION: '0.4', WORKER_URL: 'http://worker.test:5005/' });
    await Promise.all([accept(app), accept(app)]);
    await eventually(() => expect(reports.some(({ active_tasks }) => active_tasks === 2)).toBe(true));
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(0));
    const settled = reports.length;
    await eventually(() => expect(reports.length).toBeGreaterThan(settled));
    const sequences = reports.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
    expect(reports.at(-1)).toEqual({
      url: 'http://worker.test:5005',
      concurrency: 10,
      instance: app.context.instance,
      sequence: sequences.at(-1),
      active_tasks: 0,
    });
    await stop(app);
    await balancer.close();
  });

  it('go on until the last task of a worker that ends', async () => {
    const balancer = await listen();
    const app = await start({ TASK_DURATION: '1' });
    const id = await accept(app);
    await eventually(async () => expect((await read(app, id)).status).toBe('running'));
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(1));
    await stop(app);
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(0), 1_000);
    await balancer.close();
  });

  it('reach a balancer that comes later, and one that comes again, with the token', async () => {
    const app = await start({ SERVICE_TOKEN: 'a token' });
    for (let round = 0; round < 2; round++) {
      const balancer = await listen();
      await eventually(() => expect(reports.at(-1)).toMatchObject({ active_tasks: 0, token: 'a token' }));
      await balancer.close();
    }
    await stop(app);
  });
});
