import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { accept, becomes, finished, get, post, ready, useWorkers } from '../testing/workers.js';

const { begin, database, sql, start, stop } = useWorkers();

describe('a worker that restarts', () => {
  it('goes on with what it had accepted, running or not', async () => {
    const env = { WORKER_NAME: 'phoenix', TASK_CONCURRENCY: '1' };
    const first = await start({ ...env, TASK_DURATION: '60' });
    const ids = [await accept(first), await accept(first)];
    await becomes(first, ids[0] ?? '', { status: 'running' });
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
    await becomes(app, id, { status: 'running' });
    await stop(app);
    expect(await sql(`SELECT status FROM tasks WHERE task_id = '${id}'`)).toEqual([{ status: 'completed' }]);
  });
});

describe('a worker that ends', () => {
  it('takes no more requests while its tasks end, so that the balancer goes to another', async () => {
    const app = await start({ TASK_DURATION: '2' });
    const id = await accept(app);
    await becomes(app, id, { status: 'running' });
    const stopped = stop(app);
    await eventually(() => expect(accept(app)).rejects.toThrow('fetch failed'));
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
    await database().server.stop();
    try {
      const error = 'The database cannot be reached now; try again';
      expect(await post(app, '{"during":true}')).toMatchObject({
        status: 503,
        retryAfter: '1',
        // It may have been stored.
        refused: null,
        proxyStatus: 'balanza; error=destination_unavailable',
        body: { error },
      });
      expect(await get(app, `/tasks/${id}`)).toEqual({ status: 503, body: { error } });
      expect(await get(app, '/health/ready')).toMatchObject({ status: 503 });
    } finally {
      await database().server.start();
    }
    await finished(app, id);
    expect(await sql(`SELECT payload FROM tasks WHERE payload::text LIKE '%during%'`)).toEqual([]);
  });

  it('starts all the same, and is ready once the database is', async () => {
    await database().server.stop();
    let app;
    try {
      app = await begin();
      expect(await get(app, '/health/ready')).toMatchObject({ status: 503 });
      expect(await post(app, '{}')).toMatchObject({
        status: 503,
        retryAfter: '1',
        refused: '1',
        proxyStatus: null,
      });
    } finally {
      await database().server.start();
    }
    await ready(app);
    await finished(app, await accept(app));
  });
});
