import { task as taskSchema } from '@balanza/contracts';
import { eventually, temporaryFolder } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { accept, becomes, finished, get, read, urlOf, useWorkers } from '../testing/workers.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

const { database, sql, start } = useWorkers();

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
      const text = await (await fetch(urlOf(app, '/metrics'))).text();
      const gauges = text.matchAll(/^(balanza_worker_\w+)\{.*\} (\d+)$/gm);
      expect(Array.from(gauges, ([, name, value]) => [name, Number(value)])).toEqual([
        ['balanza_worker_active_tasks', 3],
        ['balanza_worker_queued_tasks', 1],
        ['balanza_worker_stuck_handlers', 0],
      ]);
    });
  });

  it('has its time and its end in the metrics, by the names of handlers alone', async () => {
    const app = await start({ TASK_DURATION: '0.1' });
    await finished(app, await accept(app, { task: 'count-words', texts: ['one two'] }));
    await becomes(app, await accept(app, { task: 'count-words' }), { status: 'failed' });
    await finished(app, await accept(app, { task: 'a name without a handler' }));
    const text = await (await fetch(urlOf(app, '/metrics'))).text();
    const counts = text.matchAll(
      /^balanza_task_attempt_duration_seconds_count\{app="worker",task="(.*)",outcome="(.*)"\} (\d+)$/gm,
    );
    expect(Array.from(counts, ([, task, outcome, count]) => [task, outcome, count])).toEqual([
      ['count-words', 'completed', '1'],
      ['count-words', 'failed', '1'],
      ['', 'completed', '1'],
    ]);
    expect(text).toMatch(/^balanza_database_pool_limit\{pool="tasks",app="worker"\} 5$/m);
    expect(text).toMatch(/^balanza_database_pool_limit\{pool="lease",app="worker"\} 1$/m);
    expect(text).toMatch(/^balanza_database_pool_waiting_statements\{pool="tasks",app="worker"\} 0$/m);
    expect(text).not.toMatch(/[{,]instance="/);
    expect(text).toContain(`balanza_process_info{process_instance="${app.context.instance}",app="worker"} 1`);
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

describe('a worker without a DATABASE_URL', () => {
  it('uses the PostgreSQL that the topology gives the database service', async () => {
    using folder = temporaryFolder();
    const topology = JSON.stringify({ postgres: { port: database().port } });
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
