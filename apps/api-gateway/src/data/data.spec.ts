import { eventually } from '@balanza/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCache, type CacheStandIn } from '../testing/cache-stand-in.js';
import { startGateway, type Gateway } from '../testing/gateway.js';
import { breakOff, hang, json, StandIn, text } from '../testing/stand-in.js';

const message = (n: number) => `Fetched fresh data from DB at 12:00:0${n}`;

let cache: CacheStandIn;
let database: StandIn;
let reads: number;
const gateways: Gateway[] = [];

async function gateway(env: Record<string, string> = {}): Promise<Gateway> {
  const started = await startGateway({
    CACHE_URL: cache.standIn.url,
    DATABASE_SERVICE_URL: database.url,
    ...env,
  });
  gateways.push(started);
  return started;
}

/** Waits until what is in the cache has expired. */
const expiry = () => eventually(() => expect(cache.content.get('my_data')).toBeUndefined());

/** Puts something in the cache and waits until it has expired. */
async function putExpired(value: unknown): Promise<void> {
  cache.content.set('my_data', value, 0.001);
  await expiry();
}

beforeEach(async () => {
  reads = 0;
  database = await StandIn.start((response, received) =>
    json(200, { message: message(++reads) })(response, received),
  );
  cache = await startCache();
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map(({ app }) => app.stop()));
  await cache.standIn.stop();
  await database.stop();
});

describe('with cache and database', () => {
  it('misses once, leaves the plain string in the cache, and every gateway hits', async () => {
    const [a, b] = [await gateway(), await gateway()];
    const miss = await a.ask('/data');
    expect(miss).toMatchObject({
      status: 200,
      body: { cached: false, data: message(1), from_instance: a.instance },
    });
    expect(Object.keys(miss.body as object)).toEqual(['cached', 'data', 'from_instance']);
    expect(miss.headers.get('x-cache')).toBe('MISS');
    expect(cache.content.get('my_data')).toEqual({ value: message(1) });
    for (const each of [a, b, b, a, b]) {
      const hit = await each.ask('/data');
      expect(hit.body).toEqual({ cached: true, data: message(1), from_instance: each.instance });
      expect(hit.headers.get('x-cache')).toBe('HIT');
    }
    expect(reads).toBe(1);
  });

  it('keeps data for DATA_TTL seconds, 30 by default', async () => {
    const remaining = () =>
      [...cache.content.status()].map(({ remainingSeconds }) => Math.ceil(remainingSeconds));
    await (await gateway()).ask('/data');
    expect(remaining()).toEqual([30]);
    cache.content.delete('my_data');
    const short = await gateway({ DATA_TTL: '0.2' });
    expect((await short.ask('/data')).body).toMatchObject({ cached: false, data: message(2) });
    await expiry();
    expect((await short.ask('/data')).body).toMatchObject({ cached: false, data: message(3) });
  });

  it('reads the database once for requests that come together', async () => {
    const one = await gateway();
    const answers = await Promise.all(Array.from({ length: 20 }, () => one.ask('/data')));
    expect(new Set(answers.map(({ body }) => (body as { data: string }).data))).toEqual(
      new Set([message(1)]),
    );
    expect(reads).toBe(1);
  });

  it.each([[42], [null], [{ value: 'x' }], [['x']]])('takes %j under the key for a miss', async (value) => {
    cache.content.set('my_data', value, 30);
    expect((await (await gateway()).ask('/data')).body).toMatchObject({ cached: false, data: message(1) });
    expect(cache.content.get('my_data')).toEqual({ value: message(1) });
  });
});

describe('without the cache', () => {
  it('answers from the database, every time', async () => {
    const one = await gateway();
    await cache.standIn.stop();
    for (const n of [1, 2]) {
      expect(await one.ask('/data')).toMatchObject({
        status: 200,
        body: { cached: false, data: message(n), from_instance: one.instance },
      });
    }
  });

  it('waits for a cache that hangs no longer than CACHE_TIMEOUT, and not again for a while', async () => {
    await using stopped = await StandIn.start(hang);
    const one = await gateway({ CACHE_URL: stopped.url });
    const start = performance.now();
    expect(await one.ask('/data')).toMatchObject({ status: 200, body: { cached: false, data: message(1) } });
    const first = performance.now() - start;
    expect(first).toBeGreaterThan(240);
    expect(await one.ask('/data')).toMatchObject({ status: 200, body: { cached: false, data: message(2) } });
    expect(stopped.received).toHaveLength(1);
  });

  it.each([
    ['breaks off', breakOff],
    ['answers HTML', text(200, '<html>')],
    ['answers nonsense', json(200, { cached: 'yes' })],
    ['answers 500', json(500, { error: 'no' })],
  ])('answers from the database when the cache %s', async (_name, answer) => {
    await using broken = await StandIn.start(answer);
    const one = await gateway({ CACHE_URL: broken.url });
    expect(await one.ask('/data')).toMatchObject({ status: 200, body: { cached: false, data: message(1) } });
  });

  it('uses the cache again once it is back', async () => {
    await using fickle = await StandIn.start(json(503, { error: 'not now' }));
    const one = await gateway({ CACHE_URL: fickle.url });
    expect((await one.ask('/data')).body).toMatchObject({ cached: false });
    fickle.answer = json(200, { value: 'from the cache', cached: true });
    expect((await one.ask('/data')).body).toMatchObject({ cached: true, data: 'from the cache' });
  });
});

describe('without the database', () => {
  it('answers a hit while there is one', async () => {
    cache.content.set('my_data', 'held', 30);
    await database.stop();
    expect(await (await gateway()).ask('/data')).toMatchObject({
      status: 200,
      body: { cached: true, data: 'held' },
    });
  });

  it('answers the last value that this gateway has seen, even without the cache', async () => {
    const one = await gateway({ DATA_TTL: '0.05' });
    await one.ask('/data');
    await expiry();
    await database.stop();
    await cache.standIn.stop();
    const stale = await one.ask('/data');
    expect(stale).toMatchObject({
      status: 200,
      body: { cached: true, data: message(1), from_instance: one.instance },
    });
    expect(stale.headers.get('x-cache')).toBe('STALE');
  });

  it('answers the last value that the cache has seen', async () => {
    await putExpired('old');
    await database.stop();
    expect(await (await gateway()).ask('/data')).toMatchObject({
      status: 200,
      body: { cached: true, data: 'old' },
    });
  });

  it('does not take an old value that is not a string', async () => {
    await putExpired({ not: 'data' });
    await database.stop();
    expect((await (await gateway()).ask('/data')).status).toBe(503);
  });

  it('answers 503 and when to try again where nothing is known', async () => {
    await database.stop();
    const one = await gateway();
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await one.ask('/data');
      expect([status, headers.get('retry-after'), body]).toEqual([
        503,
        '1',
        { error: 'The database service cannot be reached now; try again' },
      ]);
      await cache.standIn.stop();
    }
  });

  it.each([
    ['breaks off', breakOff, 502, 'The database service broke off in the middle of an answer'],
    ['answers HTML', text(200, '<html>'), 502, 'The database service answered something that is not JSON'],
    [
      'answers nonsense',
      json(200, { message: 1 }),
      502,
      'The database service answered something that makes no sense: message must be text',
    ],
    [
      'refuses this gateway',
      json(403, { error: 'This is an internal service' }),
      502,
      'The database service answered 403 where an answer of the contract was expected',
    ],
    ['is full', json(503, { error: 'The pool is full' }, { 'retry-after': '7' }), 503, 'The pool is full'],
    ['is too slow', hang, 504, 'The database service did not answer within 300 ms'],
  ])('says what is wrong when the database %s', async (_name, answer, status, error) => {
    database.answer = answer;
    const failed = await (await gateway({ UPSTREAM_TIMEOUT: '0.3' })).ask('/data');
    expect([failed.status, failed.body]).toEqual([status, { error }]);
    expect(failed.headers.get('retry-after')).toBe(status === 503 ? '7' : null);
  });

  it('answers 503 when the database dies with the request in its hands', async () => {
    database.answer = () => void database.stop();
    expect((await (await gateway()).ask('/data')).status).toBe(503);
  });

  it('recovers with the database', async () => {
    await database.stop();
    const one = await gateway();
    expect((await one.ask('/data')).status).toBe(503);
    await database.start();
    expect((await one.ask('/data')).body).toMatchObject({ cached: false, data: message(1) });
  });
});
