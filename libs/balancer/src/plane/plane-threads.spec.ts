import type { StrategyName } from '@balanza/balancing';
import { DEFAULT_TIMEOUTS, Ledger, simplePlan, type BalancingPlan } from '@balanza/proxy';
import { eventually, freePorts, httpUpstream } from '@balanza/testing';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { balancerConfig } from '../balancer.config.js';
import { ledgerShape, PlaneView, type PlaneSetup } from './plane.js';

// Threads run what was built; the build is a dependency of these tests.
const built = new URL('../../dist/plane/plane-threads.js', import.meta.url);
const { PlaneThreads } = (await import(built.href)) as typeof import('./plane-threads.js');

const THREADS = 2;

async function start(strategy: StrategyName, urls: readonly string[]) {
  const setup: PlaneSetup = {
    topology: { mode: 'proxy', threads: THREADS },
    config: balancerConfig.parse({}),
    pseudonym: 'balanza',
    tracksLoad: false,
  };
  const plan = simplePlan({ strategy, backends: urls.map((url) => ({ url })) });
  const ledger = new Ledger(ledgerShape(setup));
  const crashes: number[] = [];
  const threads = new PlaneThreads({
    setup,
    plan,
    ledger,
    ownPort: 1,
    tellFrom: 0,
    onEnd: () => undefined,
    onRefused: () => undefined,
    onCrash: (thread) => crashes.push(thread),
  });
  const [port = 0] = await freePorts(1);
  await threads.listen({ host: '127.0.0.1', port });
  const view = new PlaneView(setup, plan, ledger, 0);
  const apply = (next: BalancingPlan) => {
    view.apply(next);
    threads.apply(next);
  };
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    plan,
    apply,
    threads,
    backends: view.backends,
    crashes,
    [Symbol.asyncDispose]: () => threads.close(0),
  };
}

/** A request on a connection of its own, so that the kernel gives it to any of the threads. */
function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
}

describe('several threads', () => {
  it('share the name by which they find that a request was here before', async () => {
    await using backend = await httpUpstream((_request, response) => response.end('good'));
    await using system = await start('round-robin', [backend.url]);
    const ask = async (via: string) =>
      (await fetch(system.url, { headers: { via, connection: 'close' } })).status;
    for (let i = 0; i < 10; i++) {
      expect([await ask('1.1 balanza'), await ask('1.1 other')]).toEqual([502, 200]);
    }
  });

  it('keep one strict rotation between them', async () => {
    await using a = await httpUpstream((_request, response) => response.end('a'));
    await using b = await httpUpstream((_request, response) => response.end('b'));
    await using c = await httpUpstream((_request, response) => response.end('c'));
    await using system = await start('round-robin', [a.url, b.url, c.url]);
    const answers = [];
    for (let i = 0; i < 60; i++) answers.push(await get(system.url));
    expect(answers.join('')).toBe('abc'.repeat(20));
    expect(system.backends.map((backend) => backend.totals().requests)).toEqual([20, 20, 20]);
  });

  it('spread requests that come at once exactly by least connections', async () => {
    const held = Promise.withResolvers<void>();
    const hold = () =>
      httpUpstream((_request, response) => void held.promise.then(() => response.end('done')));
    await using a = await hold();
    await using b = await hold();
    await using system = await start('least-connections', [a.url, b.url]);
    const answers = Promise.all(Array.from({ length: 100 }, () => get(system.url)));
    await eventually(() => expect(system.backends.map(({ inFlight }) => inFlight)).toEqual([50, 50]));
    held.resolve();
    expect(await answers).toEqual(Array.from({ length: 100 }, () => 'done'));
    await eventually(() => expect(system.backends.map(({ inFlight }) => inFlight)).toEqual([0, 0]));
  });

  it('replace one that dies, and forget what it had in flight; the others go on', async () => {
    const held = Promise.withResolvers<void>();
    let isHolding = true;
    await using backend = await httpUpstream(
      (_request, response) =>
        void (isHolding ? held.promise : Promise.resolve()).then(() => response.end('done')),
    );
    await using system = await start('round-robin', [backend.url]);
    const first = Array.from({ length: 40 }, () => get(system.url).catch(() => 'cut'));
    await eventually(() => expect(system.backends[0]?.inFlight).toBe(40));
    await system.threads.workers[0]?.terminate();
    await eventually(() => expect(system.crashes).toEqual([0]));
    const left = system.backends[0]?.inFlight ?? 0;
    expect(left).toBeLessThan(40);
    isHolding = false;
    held.resolve();
    const outcomes = await Promise.all(first);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(left);
    await eventually(async () => {
      const again = await Promise.all(Array.from({ length: 20 }, () => get(system.url)));
      expect(again).toEqual(Array.from({ length: 20 }, () => 'done'));
    });
    await eventually(() => expect(system.backends[0]?.inFlight).toBe(0));
  });

  it('replace one that dies until another listens, also where that dies as it starts', async () => {
    await using backend = await httpUpstream((_request, response) => response.end('done'));
    await using system = await start('round-robin', [backend.url]);
    const { workers } = system.threads;
    let [dead] = workers;
    for (let death = 1; death <= 3; death++) {
      await dead?.terminate();
      while (workers[0] === dead) await new Promise((resolve) => setImmediate(resolve));
      // It has not even begun to listen.
      [dead] = workers;
      expect(system.crashes).toHaveLength(death);
    }
    await eventually(() => expect(workers[0]?.threadId).toBeGreaterThan(0));
    expect(await get(system.url)).toBe('done');
  });

  it('follow a plan that comes while requests go on, also those that are started later', async () => {
    await using a = await httpUpstream((_request, response) => response.end('a'));
    await using b = await httpUpstream((_request, response) => response.end('b'));
    await using system = await start('round-robin', [a.url]);
    const answers = async () => new Set(await Promise.all(Array.from({ length: 20 }, () => get(system.url))));
    expect(await answers()).toEqual(new Set(['a']));
    system.apply({
      ...system.plan,
      version: 2,
      backends: [{ url: b.url, weight: 1, slot: 1, mode: 'ready' }],
    });
    await eventually(async () => expect(await answers()).toEqual(new Set(['b'])));
    await system.threads.workers[0]?.terminate();
    await eventually(() => expect(system.crashes).toEqual([0]));
    await eventually(async () => expect(await answers()).toEqual(new Set(['b'])));
  });

  it('have the timeouts that one has', () => {
    expect(balancerConfig.parse({}).CLIENT_HEAD_TIMEOUT * 1000).toBe(DEFAULT_TIMEOUTS.clientHead);
  });
});
