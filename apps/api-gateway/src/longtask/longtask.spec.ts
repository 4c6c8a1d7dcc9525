import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../testing/gateway.js';
import { breakOff, hang, json, StandIn } from '../testing/stand-in.js';
import { TASK_EXAMPLE } from './longtask.examples.js';

const id = TASK_EXAMPLE.task_id;
const accepted = { status: 'Started', worker_instance: '0a1b2c3d', task_id: id };

let balancer: StandIn;
let gateway: Gateway;

beforeEach(async () => {
  balancer = await StandIn.start(json(202, accepted));
  gateway = await startGateway({ WORKERS_URL: balancer.url, UPSTREAM_TIMEOUT: '0.3' });
});
afterEach(async () => {
  await gateway.app.stop();
  await balancer.stop();
});

describe('POST /longtask', () => {
  it.each([[{}], [{ report: 'monthly', nested: { list: [1, null, 'ñ'] }, constructor: 1 }]])(
    'hands %j to a worker',
    async (payload) => {
      const { status, headers, body } = await gateway.ask('/longtask', { json: payload });
      expect([status, body]).toEqual([202, { ...accepted, api_gateway_instance: gateway.instance }]);
      expect(headers.get('location')).toBe(`/longtask/${id}`);
      expect(balancer.received).toMatchObject([{ method: 'POST', path: '/task' }]);
      expect(JSON.parse(balancer.received[0]?.body ?? '')).toEqual(payload);
    },
  );

  it.each(['[]', '"text"', '1', 'null', 'true', '', '{"a":', '{"__proto__":{"a":1}}'])(
    'refuses the body %j and asks no worker',
    async (body) => {
      const refused = await gateway.ask('/longtask', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^The (request|body)/) },
      });
      expect(balancer.received).toEqual([]);
    },
  );

  it('says what it wants instead of a list', async () => {
    const message = 'must be a JSON object';
    expect((await gateway.ask('/longtask', { json: [] })).body).toEqual({
      error: `The request is not valid: ${message}`,
      details: [{ field: '', message }],
    });
  });

  it('refuses no body at all', async () => {
    expect((await gateway.ask('/longtask', { method: 'POST' })).status).toBe(400);
  });

  it('refuses what is not JSON', async () => {
    const refused = await gateway.ask('/longtask', {
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
    balancer.answer = answer;
    const failed = await gateway.ask('/longtask', { json: {} });
    expect([failed.status, failed.body]).toEqual([status, { error }]);
    expect(failed.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    expect(balancer.received).toHaveLength(1);
  });
});

describe('GET /longtask/:task_id', () => {
  it('answers the task', async () => {
    balancer.answer = json(200, TASK_EXAMPLE);
    expect(await gateway.ask(`/longtask/${id}`)).toMatchObject({ status: 200, body: TASK_EXAMPLE });
    expect(balancer.received).toMatchObject([{ method: 'GET', path: `/tasks/${id}` }]);
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
    balancer.answer = json(200, { ...queued, worker_instance: null });
    expect((await gateway.ask(`/longtask/${id}`)).body).toEqual({ ...queued, worker_instance: null });
  });

  it('answers 404 for a task nobody knows', async () => {
    balancer.answer = json(404, { error: `There is no task ${id}` });
    const unknown = await gateway.ask(`/longtask/${id}`);
    expect([unknown.status, unknown.body]).toEqual([404, { error: `There is no task ${id}` }]);
  });

  it.each(['x', '..%2Fstatus', `${id}x`, 'k'.repeat(10_240)])(
    'answers 404 for %j, which can be no task, and asks nobody',
    async (strange) => {
      const unknown = await gateway.ask(`/longtask/${strange}`);
      const error = `There is no task ${decodeURIComponent(strange).slice(0, 100)}`;
      expect([unknown.status, unknown.body, balancer.received]).toEqual([404, { error }, []]);
    },
  );

  it('answers 404 for a path that leads out of it, and asks nobody', async () => {
    const unknown = await gateway.ask('/longtask/%2e%2e');
    expect([unknown.status, balancer.received]).toEqual([404, []]);
  });

  it('answers 502 when the task makes no sense', async () => {
    balancer.answer = json(200, { ...TASK_EXAMPLE, status: 'lost' });
    expect((await gateway.ask(`/longtask/${id}`)).status).toBe(502);
  });
});
