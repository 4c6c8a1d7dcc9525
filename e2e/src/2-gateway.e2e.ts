import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { ask, bearer, get, postTask, token, url, urls } from './system.js';

const INSTANCE = /^[0-9a-f]{8}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const instance = expect.stringMatching(INSTANCE);

describe.each([
  ['through the main balancer', () => url('load-balancer')],
  ['asked directly', () => url('api-gateway', 1)],
])('the API gateway, %s', (_how, base) => {
  it('GET /data', async () => {
    const { status, body } = await ask(`${base()}/data`, { headers: bearer });
    expect([status, body]).toEqual([
      200,
      {
        cached: expect.any(Boolean),
        data: expect.stringMatching(/^Fetched fresh data from DB at \d\d:\d\d:\d\d$/),
        from_instance: instance,
      },
    ]);
  });

  it('GET /process, with the bare token as the lab sent it', async () => {
    const { status, body } = await ask(`${base()}/process`, { headers: { authorization: token } });
    expect([status, body]).toEqual([
      200,
      {
        message: 'Business logic executed',
        instance,
        processing_time: expect.any(Number),
        api_gateway_instance: instance,
      },
    ]);
  });

  it('POST /longtask and GET /longtask/:task_id, from every gateway until it is done', async () => {
    const payload = { name: 'report', nested: { list: [1, 'two', null], text: 'ñ \u0000 “”' } };
    const accepted = await ask(`${base()}/longtask`, {
      method: 'POST',
      headers: { authorization: `bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(payload),
    });
    expect([accepted.status, accepted.body]).toEqual([
      202,
      {
        status: 'Started',
        worker_instance: instance,
        task_id: expect.stringMatching(UUID),
        api_gateway_instance: instance,
      },
    ]);
    const { task_id, worker_instance } = accepted.body as { task_id: string; worker_instance: string };
    expect(accepted.headers.get('location')).toBe(`/longtask/${task_id}`);
    for (const gateway of urls('api-gateway')) {
      const { status, body } = await ask(`${gateway}/longtask/${task_id}`, { headers: bearer });
      expect([status, body]).toMatchObject([
        200,
        { task_id, payload, created_at: expect.stringMatching(RFC3339) },
      ]);
    }
    const done = await eventually(async () => {
      const { body } = await get(`/longtask/${task_id}`);
      expect(body).toMatchObject({ status: 'completed' });
      return body;
    }, 30_000);
    const time = expect.stringMatching(RFC3339);
    expect(done).toEqual({
      task_id,
      status: 'completed',
      payload,
      attempt: 1,
      worker_instance,
      created_at: time,
      started_at: time,
      finished_at: time,
      result: expect.anything(),
      error: null,
    });
    const { started_at, finished_at } = done as { started_at: string; finished_at: string };
    expect(Date.parse(finished_at) - Date.parse(started_at)).toBeGreaterThanOrEqual(4_900);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'not-a-task'])(
    '404 to the unknown task %s',
    async (id) => {
      const { status, body } = await ask(`${base()}/longtask/${id}`, { headers: bearer });
      expect([status, body]).toEqual([404, { error: `There is no task ${id}` }]);
    },
  );

  it('GET /docs and /docs-json, without a token', async () => {
    const page = await ask(`${base()}/docs`);
    expect([page.status, page.headers.get('content-type'), page.body]).toEqual([
      200,
      expect.stringContaining('text/html'),
      expect.stringContaining('swagger-ui'),
    ]);
    const { status, body } = await ask(`${base()}/docs-json`);
    expect(status).toBe(200);
    expect(Object.keys((body as { paths: object }).paths).toSorted()).toEqual([
      '/data',
      '/longtask',
      '/longtask/{task_id}',
      '/longtask/{task_id}/events',
      '/longtask/{task_id}/redrive',
      '/process',
    ]);
  });
});

describe('any gateway’s miss', () => {
  it('serves all gateways’ later hits', async () => {
    await ask(`${url('cache')}/cache/my_data`, { method: 'DELETE' });
    const answers = [];
    for (const gateway of urls('api-gateway'))
      answers.push((await ask(`${gateway}/data`, { headers: bearer })).body);
    const [miss] = answers as { data: string }[];
    expect(answers).toEqual([
      { cached: false, data: miss?.data, from_instance: instance },
      { cached: true, data: miss?.data, from_instance: instance },
      { cached: true, data: miss?.data, from_instance: instance },
    ]);
    expect((await ask(`${url('cache')}/cache/my_data`)).body).toEqual({ value: miss?.data, cached: true });
  });
});

describe('200 tasks posted at concurrency 50', () => {
  it('are all accepted and all completed', async () => {
    const ids: string[] = [];
    let next = 0;
    const poster = async () => {
      while (next < 200) {
        const { status, body } = await postTask({ number: next++ });
        expect(status).toBe(202);
        ids.push((body as { task_id: string }).task_id);
      }
    };
    await Promise.all(Array.from({ length: 50 }, poster));
    expect(new Set(ids).size).toBe(200);
    for (const id of ids) {
      await eventually(
        async () => expect((await get(`/longtask/${id}`)).body).toMatchObject({ status: 'completed' }),
        120_000,
      );
    }
  }, 180_000);
});
