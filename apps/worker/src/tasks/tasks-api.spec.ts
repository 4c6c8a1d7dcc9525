import { task as taskSchema, type Task, type TaskList } from '@balanza/contracts';
import type { RunningApp } from '@balanza/runtime';
import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { accept, ask, becomes, read, urlOf, useWorkers } from '../testing/workers.js';

const { start, stop } = useWorkers({ TASK_DURATION: '60', TASK_RETRY_DELAY: '0.01' });

describe('a task with a handler', () => {
  it('is done by it', async () => {
    const app = await start();
    const id = await accept(app, { task: 'count-words', texts: ['one two', ' three\n'] });
    const task = await becomes(app, id, { status: 'completed' });
    expect(task).toMatchObject({ result: { words: 3 }, attempt: 1, progress: 1 });
    expect(taskSchema.safeParse(task).success).toBe(true);
  });

  it.each([
    [{}, 'texts must be a list of texts'],
    [{ texts: 5 }, 'texts must be a list of texts'],
    [{ texts: ['a', null] }, 'texts.1 must be text'],
    [{ texts: Array.from({ length: 10_001 }, () => '') }, 'texts must be at most 10000 texts'],
  ])('whose payload it cannot use fails at once, and says why', async (payload, why) => {
    const app = await start();
    const id = await accept(app, { task: 'count-words', ...payload });
    expect(await becomes(app, id, { status: 'failed' })).toMatchObject({
      attempt: 1,
      error: `The payload is not what the task needs: ${why}`,
    });
  });

  it.each([{ task: 'nobody knows' }, { task: 5 }, { priority: 'high', run_at: 'soon' }])(
    'that nobody knows is simulated: %j',
    async (payload) => {
      const app = await start({ TASK_DURATION: '0' });
      expect(await becomes(app, await accept(app, payload), { status: 'completed' })).toMatchObject({
        payload,
        result: { duration: 0 },
      });
    },
  );
});

describe('an Idempotency-Key', () => {
  it('makes one task of any number of requests, to any worker', async () => {
    const [one, other] = [await start(), await start()];
    const post = (app: RunningApp, body: unknown) =>
      ask(app, 'POST', '/task', body, { 'idempotency-key': 'k 1' });
    const first = await post(one, { n: 1 });
    const again = await post(other, { n: 1 });
    expect([again.status, again.body]).toEqual([202, first.body]);
    const conflict = await post(other, { n: 2 });
    expect([conflict.status, conflict.body]).toEqual([
      422,
      { error: 'This Idempotency-Key came before with another body; use a new key for a new task' },
    ]);
    expect(((await ask(one, 'GET', '/tasks')).body as TaskList).tasks).toHaveLength(1);
  });

  it.each(['', 'k'.repeat(256), 'ÿ'])('%j is refused', async (key) => {
    const app = await start();
    const { status, body } = await ask(app, 'POST', '/task', {}, { 'idempotency-key': key });
    const message = 'must be 1 to 255 printable ASCII characters';
    expect([status, body]).toEqual([
      400,
      {
        error: `The request is not valid: Idempotency-Key ${message}`,
        details: [{ field: 'Idempotency-Key', message }],
      },
    ]);
  });
});

it('more than a mebibyte is refused with 413', async () => {
  const app = await start();
  const { status, body } = await ask(app, 'POST', '/task', { text: 'x'.repeat(1024 * 1024) });
  expect([status, body]).toEqual([413, { error: 'The body is over the limit of 1048576 bytes' }]);
});

it('what all workers may have in hand together is bounded', async () => {
  const app = await start({ TASK_TOTAL_LIMIT: '2' });
  await accept(app);
  await accept(app);
  const { status, headers, body } = await ask(app, 'POST', '/task', {});
  expect([status, headers.get('retry-after'), body]).toEqual([
    503,
    '5',
    { error: 'The workers have 2 tasks in hand, as many as they take together; try again later' },
  ]);
});

describe('GET /tasks', () => {
  it('lists page by page, by status', async () => {
    const app = await start({ TASK_CONCURRENCY: '1' });
    const ids = [];
    for (let n = 0; n < 4; n++) ids.push(await accept(app, { n }));
    const list = async (query: string) => (await ask(app, 'GET', `/tasks?${query}`)).body as TaskList;
    const first = await list('status=queued&limit=2');
    expect(first).toEqual({
      tasks: [await read(app, ids[3] ?? ''), await read(app, ids[2] ?? '')],
      next_cursor: ids[2],
    });
    const second = await list(`status=queued&limit=2&cursor=${first.next_cursor}`);
    expect(second).toEqual({ tasks: [await read(app, ids[1] ?? '')], next_cursor: null });
  });

  it.each([
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=1&limit=2', 'limit', 'must be a whole number from 1 to 200'],
    ['status=done', 'status', 'must be queued, running, completed, failed or cancelled'],
    ['status=queued&status=failed', 'status', 'must be queued, running, completed, failed or cancelled'],
    ['cursor=x', 'cursor', 'must be a UUID'],
  ])('refuses %s', async (query, field, message) => {
    const { status, body } = await ask(await start(), 'GET', `/tasks?${query}`);
    expect([status, body]).toEqual([
      400,
      { error: `The request is not valid: ${field} ${message}`, details: [{ field, message }] },
    ]);
  });
});

describe('DELETE /tasks/:task_id', () => {
  it('ends a task that runs on another worker, whose place is free at once', async () => {
    const [one, other] = [await start({ TASK_CONCURRENCY: '1' }), await start()];
    const [running, waiting] = [await accept(one), await accept(one)];
    const cancelled = await ask(other, 'DELETE', `/tasks/${running}`);
    expect(cancelled).toMatchObject({ status: 200, body: { task_id: running, status: 'cancelled' } });
    await becomes(one, waiting, { status: 'running' });
    expect(await read(one, running)).toEqual(cancelled.body);
    expect((await ask(other, 'DELETE', `/tasks/${running}`)).body).toEqual(cancelled.body);
  });

  it('leaves what has ended as it is, and says so', async () => {
    const app = await start({ TASK_DURATION: '0' });
    const id = await accept(app);
    await becomes(app, id, { status: 'completed' });
    const { status, body } = await ask(app, 'DELETE', `/tasks/${id}`);
    expect([status, body]).toEqual([
      409,
      { error: 'The task has completed already; only one that has not ended can be cancelled' },
    ]);
  });
});

describe('POST /tasks/:task_id/redrive', () => {
  it('runs a failed task again, on the worker that is asked', async () => {
    const [one, other] = [await start(), await start()];
    const id = await accept(one, { task: 'count-words' });
    await becomes(one, id, { status: 'failed' });
    const { status, body } = await ask(other, 'POST', `/tasks/${id}/redrive`);
    expect([status, body]).toMatchObject([202, { task_id: id, status: 'queued', error: null }]);
    await becomes(one, id, { status: 'failed', attempt: 2, worker_instance: other.context.instance });
  });

  it('refuses a task that is not at its end', async () => {
    const app = await start();
    const { status, body } = await ask(app, 'POST', `/tasks/${await accept(app)}/redrive`);
    expect([status, body]).toEqual([
      409,
      { error: 'The task is running; only one that failed or was cancelled can be redriven' },
    ]);
  });
});

it.each([
  ['GET', '/events'],
  ['DELETE', ''],
  ['POST', '/redrive'],
])('%s /tasks/:task_id%s answers 404 for an unknown task', async (method, suffix) => {
  const app = await start();
  for (const id of ['00000000-0000-4000-8000-000000000000', 'x']) {
    const { status, body } = await ask(app, method, `/tasks/${id}${suffix}`);
    expect([status, body]).toEqual([404, { error: `There is no task ${id}` }]);
  }
});

describe('GET /tasks/:task_id/events', () => {
  async function watch(app: RunningApp, id: string) {
    const response = await fetch(urlOf(app, `/tasks/${id}/events`));
    const events: Task[] = [];
    const text = { all: '' };
    const ended = (async () => {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text.all += piece;
        for (const [, data = ''] of piece.matchAll(/^event: task\ndata: (.*)$/gm))
          events.push(JSON.parse(data) as Task);
      }
    })();
    return { response, text, ended, statuses: () => events.map(({ status }) => status) };
  }

  it('tells each change, on whichever worker it happens, and ends with the task', async () => {
    const env = { TASK_CONCURRENCY: '1', TASK_DURATION: '0.3' };
    const [one, other] = [await start(env), await start()];
    await accept(one);
    const id = await accept(one);
    const watched = await watch(other, id);
    expect(watched.response.headers.get('content-type')).toBe('text/event-stream');
    await watched.ended;
    expect(watched.statuses()).toEqual(['queued', 'running', 'completed']);
    expect(watched.text.all).toMatch(/^retry: 1000\n\nevent: task\n/);
  });

  it('is bounded in number, and leaves room when a client leaves', async () => {
    const app = await start({ TASK_WATCHER_LIMIT: '1' });
    const id = await accept(app);
    const leave = new AbortController();
    await fetch(urlOf(app, `/tasks/${id}/events`), { signal: leave.signal });
    const refused = await ask(app, 'GET', `/tasks/${id}/events`);
    expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
      503,
      '5',
      { error: 'Too many event streams are open here (limit 1); try again later' },
    ]);
    leave.abort();
    const watched = await eventually(async () => {
      const next = await watch(app, id);
      expect(next.response.status).toBe(200);
      return next;
    });
    await ask(app, 'DELETE', `/tasks/${id}`);
    await watched.ended;
    expect(watched.statuses()).toEqual(['running', 'cancelled']);
  });

  it('keeps no place for a HEAD', async () => {
    const app = await start({ TASK_WATCHER_LIMIT: '1' });
    const id = await accept(app);
    for (let n = 0; n < 3; n++) {
      const head = await fetch(urlOf(app, `/tasks/${id}/events`), { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    }
  });

  it('ends when the worker does', async () => {
    const [one, other] = [await start(), await start()];
    const watched = await watch(one, await accept(other));
    await stop(one);
    await watched.ended;
    expect(watched.statuses()).toEqual(['running']);
  });
});
