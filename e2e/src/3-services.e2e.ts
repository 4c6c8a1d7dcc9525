import { gatewaysStatus, microservicesStatus, workersStatus } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { ask, BALANCERS, json, topology, url, urls } from './system.js';

const INSTANCE = /^[0-9a-f]{8}$/;
const instance = expect.stringMatching(INSTANCE);

describe('microservice', () => {
  it.each(
    topology.services.microservice.map(({ processingTime }, replica) => [replica, processingTime ?? 1]),
  )('GET /process of replica %i takes its %d s', async (replica, seconds) => {
    const startedAt = performance.now();
    const { status, body } = await ask(`${url('microservice', replica)}/process`);
    expect([status, body]).toEqual([
      200,
      { message: 'Business logic executed', instance, processing_time: seconds },
    ]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(seconds * 1000 - 5);
  });
});

describe('worker', () => {
  it('POST /task and GET /tasks/:task_id, from either worker', async () => {
    const { status, body } = await ask(`${url('worker')}/task`, {
      method: 'POST',
      headers: json,
      body: '{"a":1}',
    });
    expect([status, body]).toEqual([
      202,
      { status: 'Started', worker_instance: instance, task_id: expect.any(String) },
    ]);
    const { task_id } = body as { task_id: string };
    for (const worker of urls('worker')) {
      expect(await ask(`${worker}/tasks/${task_id}`)).toMatchObject({
        status: 200,
        body: {
          task_id,
          payload: { a: 1 },
          status: expect.stringMatching(/^(queued|running)$/),
          finished_at: null,
          result: null,
          error: null,
        },
      });
    }
    expect(await ask(`${url('worker')}/tasks/no-such-task`)).toMatchObject({
      status: 404,
      body: { error: 'There is no task no-such-task' },
    });
  });
});

describe('TTL cache', () => {
  const key = `${url('cache')}/cache/e2e%2Fkey%20%C3%B1`;
  const put = (target: string, body: unknown) =>
    ask(target, { method: 'POST', headers: json, body: JSON.stringify(body) });

  it.each([['a string'], [0], [false], [null], [{ a: [1, { b: null }] }], [[]]])(
    'stores and reads %j',
    async (value) => {
      expect(await put(key, { value, ttl: 60 })).toMatchObject({
        status: 200,
        body: { status: 'ok', ttl: 60 },
      });
      expect(await ask(key)).toMatchObject({ status: 200, body: { value, cached: true } });
    },
  );

  it('keeps a value 30 s unless told otherwise, and shows how long it still has', async () => {
    expect(await put(key, { value: 1 })).toMatchObject({ status: 200, body: { status: 'ok', ttl: 30 } });
    const { body } = await ask(`${url('cache')}/cache/status`);
    const entry = (body as Record<string, { valid: boolean; remaining_seconds: number }>)['e2e/key ñ'];
    expect(entry).toEqual({ valid: true, remaining_seconds: expect.any(Number) });
    expect(entry?.remaining_seconds).toBeGreaterThan(25);
    expect(entry?.remaining_seconds).toBeLessThanOrEqual(30);
  });

  it('forgets a value when its time is over, or when it is deleted', async () => {
    await put(key, { value: 1, ttl: 0.2 });
    await eventually(async () => expect((await ask(key)).body).toEqual({ value: null, cached: false }));
    await put(key, { value: 1 });
    expect((await ask(key, { method: 'DELETE' })).status).toBe(204);
    expect(await ask(key)).toMatchObject({ status: 200, body: { value: null, cached: false } });
    expect((await ask(key, { method: 'DELETE' })).status).toBe(204);
  });

  it('refuses to store the key "status"', async () => {
    expect(await put(`${url('cache')}/cache/status`, { value: 1 })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('reserved') },
    });
  });
});

describe('database service', () => {
  it('GET /db reads the database’s own time, after 0.5 s', async () => {
    const startedAt = performance.now();
    const { status, body } = await ask(`${url('database')}/db`);
    expect([status, body]).toEqual([
      200,
      { message: expect.stringMatching(/^Fetched fresh data from DB at ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/) },
    ]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(495);
  });
});

describe('balancers', () => {
  const shapes = {
    'load-balancer': ['gateways', {}, gatewaysStatus],
    'lb-microservices': [
      'microservices',
      { weight: expect.any(Number), current: expect.any(Number) },
      microservicesStatus,
    ],
    'lb-workers': ['workers', { active_connections: expect.any(Number) }, workersStatus],
  } as const;

  it.each(BALANCERS)('GET /status of %s lists its backends in order', async (balancer) => {
    const [key, members, schema] = shapes[balancer];
    const answer = await ask(`${url(balancer)}/status`);
    expect(schema.safeParse(answer.body).error).toBeUndefined();
    expect(answer).toMatchObject({
      status: 200,
      body: {
        [key]: topology.balancers[balancer].backends.map((backend) => ({ url: backend.url, ...members })),
      },
    });
  });

  it.each(BALANCERS)('%s answers for itself below /-/', async (balancer) => {
    for (const path of ['live', 'ready']) {
      expect(await ask(`${url(balancer)}/-/health/${path}`)).toMatchObject({
        status: 200,
        body: { status: 'ok', app: balancer, instance },
      });
    }
    const metrics = await ask(`${url(balancer)}/-/metrics`);
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(metrics.body).toContain('balanza_backend_in_flight{backend="');
  });

  it('never shows a backend’s address, and passes Authorization on', async () => {
    const { status, headers } = await ask(`${url('load-balancer')}/data`, {
      headers: { authorization: 'Bearer wrong' },
    });
    expect([status, headers.get('location'), headers.get('via')]).toEqual([
      403,
      null,
      expect.stringMatching(/^1\.1 balanza-[0-9a-f]{8}$/),
    ]);
  });
});

describe('every other app', () => {
  it.each(
    (['api-gateway', 'microservice', 'worker', 'cache', 'database'] as const).flatMap((app) =>
      urls(app).map((target) => [app, target]),
    ),
  )('%s at %s has health and metrics', async (app, target) => {
    for (const path of ['live', 'ready']) {
      expect(await ask(`${target}/health/${path}`)).toMatchObject({
        status: 200,
        body: { status: 'ok', app, instance },
      });
    }
    expect((await ask(`${target}/metrics`)).body).toContain('process_resident_memory_bytes');
  });
});
