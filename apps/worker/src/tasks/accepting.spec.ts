import { describe, expect, it } from 'vitest';
import { accept, becomes, finished, post, useWorkers } from '../testing/workers.js';

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;

const { sql, start } = useWorkers();

describe('accepting a task', () => {
  it('answers 202 once it is stored, with the load that includes it', async () => {
    const app = await start();
    const { instance } = app.context;
    const answer = await post(app, '{"n":1}');
    expect(answer).toEqual({
      status: 202,
      retryAfter: null,
      refused: null,
      proxyStatus: null,
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
    await becomes(app, first, { status: 'running' });
    expect(await post(app, '{}')).toMatchObject({ status: 202 });
    expect(await post(app, '{}')).toMatchObject({
      status: 503,
      retryAfter: '5',
      refused: '1',
      body: { error: 'This worker has 1 tasks waiting, as many as it takes; try again later' },
    });
  });
});
