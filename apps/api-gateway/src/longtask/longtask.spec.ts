import { describe, expect, it } from 'vitest';
import { GatewayAndStandIn } from '../testing/gateway-and-stand-in.js';
import { breakOff, hang, json } from '../testing/stand-in.js';
import { TASK_EXAMPLE } from './longtask.examples.js';

const id = TASK_EXAMPLE.task_id;
const accepted = { status: 'Started', worker_instance: '0a1b2c3d', task_id: id };

const pair = new GatewayAndStandIn('WORKERS_URL', json(202, accepted));

describe('POST /longtask', () => {
  it.each([[{}], [{ report: 'monthly', nested: { list: [1, null, 'ñ'] }, constructor: 1 }]])(
    'hands %j to a worker',
    async (payload) => {
      const { status, headers, body } = await pair.gateway.ask('/longtask', { json: payload });
      expect([status, body]).toEqual([202, { ...accepted, api_gateway_instance: pair.gateway.instance }]);
      expect(headers.get('location')).toBe(`/longtask/${id}`);
      expect(pair.standIn.received).toMatchObject([{ method: 'POST', path: '/task' }]);
      expect(JSON.parse(pair.standIn.received[0]?.body ?? '')).toEqual(payload);
    },
  );

  it.each(['[]', '"text"', '1', 'null', 'true', '', '{"a":', '{"__proto__":{"a":1}}'])(
    'refuses the body %j and asks no worker',
    async (body) => {
      const refused = await pair.gateway.ask('/longtask', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^The (request|body)/) },
      });
      expect(pair.standIn.received).toEqual([]);
    },
  );

  it('says what it wants instead of a list', async () => {
    const message = 'must be a JSON object';
    expect((await pair.gateway.ask('/longtask', { json: [] })).body).toEqual({
      error: `The request is not valid: ${message}`,
      details: [{ field: '', message }],
    });
  });

  it('refuses a run_at that begins like a date and is no time, and asks no worker', async () => {
    const message = 'must be a time of RFC 3339, such as 2099-12-31T12:00:00Z';
    const { status, body } = await pair.gateway.ask('/longtask', {
      json: { run_at: '2099-06-31T12:00:00Z' },
    });
    expect([status, body, pair.standIn.received]).toEqual([
      400,
      { error: `The request is not valid: run_at ${message}`, details: [{ field: 'run_at', message }] },
      [],
    ]);
  });

  it('refuses no body at all', async () => {
    expect((await pair.gateway.ask('/longtask', { method: 'POST' })).status).toBe(400);
  });

  it('refuses what is not JSON', async () => {
    const refused = await pair.gateway.ask('/longtask', {
      method: 'POST',
      body: 'a=1',
      headers: { 'content-type': 'text/plain' },
    });
    expect([refused.status, refused.body]).toEqual([
      415,
      { error: 'The body must be JSON: send it with Content-Type: application/json' },
    ]);
  });

  it.each([
    ['a refusal that is the client’s doing', json(400, { error: 'Too deep' }), 400, 'Too deep'],
    [
      'a refusal that is not',
      json(403, { error: 'No service token' }),
      502,
      'The worker balancer answered 403 where an answer of the contract was expected',
    ],
    [
      'a full queue',
      json(503, { error: 'The queue is full' }, { 'retry-after': '5' }),
      503,
      'The queue is full',
    ],
    ['a broken worker', breakOff, 502, 'The worker balancer broke off in the middle of an answer'],
    ['a slow worker', hang, 504, 'The worker balancer did not answer within 300 ms'],
  ])('answers %s, and never sends the task twice', async (_name, answer, status, error) => {
    pair.standIn.answer = answer;
    const failed = await pair.gateway.ask('/longtask', { json: {} });
    expect([failed.status, failed.body]).toEqual([status, { error }]);
    expect(failed.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    expect(pair.standIn.received).toHaveLength(1);
  });
});

describe('GET /longtask/:task_id', () => {
  it('answers the task', async () => {
    pair.standIn.answer = json(200, TASK_EXAMPLE);
    expect(await pair.gateway.ask(`/longtask/${id}`)).toMatchObject({ status: 200, body: TASK_EXAMPLE });
    expect(pair.standIn.received).toMatchObject([{ method: 'GET', path: `/tasks/${id}` }]);
  });

  it('answers a task that has not begun', async () => {
    const queued = {
      ...TASK_EXAMPLE,
      status: 'queued',
      attempt: 0,
      started_at: null,
      finished_at: null,
      result: null,
    };
    pair.standIn.answer = json(200, { ...queued, worker_instance: null });
    expect((await pair.gateway.ask(`/longtask/${id}`)).body).toEqual({ ...queued, worker_instance: null });
  });

  it('answers 404 for a task nobody knows', async () => {
    pair.standIn.answer = json(404, { error: `There is no task ${id}` });
    const unknown = await pair.gateway.ask(`/longtask/${id}`);
    expect([unknown.status, unknown.body]).toEqual([404, { error: `There is no task ${id}` }]);
  });

  it.each(['x', '..%2Fstatus', `${id}x`, 'k'.repeat(10_240)])(
    'answers 404 for %j, which can be no task, and asks nobody',
    async (strange) => {
      const unknown = await pair.gateway.ask(`/longtask/${strange}`);
      const error = `There is no task ${decodeURIComponent(strange).slice(0, 100)}`;
      expect([unknown.status, unknown.body, pair.standIn.received]).toEqual([404, { error }, []]);
    },
  );

  it('answers 404 for a path that leads out of it, and asks nobody', async () => {
    const unknown = await pair.gateway.ask('/longtask/%2e%2e');
    expect([unknown.status, pair.standIn.received]).toEqual([404, []]);
  });

  it('answers 502 when the task makes no sense', async () => {
    pair.standIn.answer = json(200, { ...TASK_EXAMPLE, status: 'lost' });
    expect((await pair.gateway.ask(`/longtask/${id}`)).status).toBe(502);
  });
});
