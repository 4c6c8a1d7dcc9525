import type { BalancingPlan } from '@balanza/proxy';
import { loadTopology, type BalancerTopology } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { balancingChange } from './balancing-state.js';
import { ControlPlane } from './control-plane.js';

const base = loadTopology().balancers['load-balancer'];
const [a, b] = ['http://10.0.0.1', 'http://10.0.0.2'];

async function setUp(topology: Partial<BalancerTopology>, addresses: Record<string, readonly string[]> = {}) {
  const plans: BalancingPlan[] = [];
  const lines: unknown[] = [];
  const settings: unknown[] = [];
  const balancer = {
    plan: { version: 0 } as BalancingPlan,
    apply(plan: BalancingPlan) {
      if (plan.strategy.name === 'random') throw new RangeError('no dice');
      plans.push(plan);
      this.plan = plan;
    },
    inFlight: () => 0,
  };
  const asked: string[] = [];
  const control = new ControlPlane({
    balancer,
    topology: { ...base, ...topology },
    stickySecret: 's',
    logger: {
      info: (...line: unknown[]) => lines.push(line),
      warn: (...line: unknown[]) => lines.push(line),
    },
    onSettings: ({ health }) => settings.push(health.interval),
    lookup: (name) => {
      asked.push(name);
      return addresses[name] === undefined
        ? Promise.reject(new Error('ENOTFOUND'))
        : Promise.resolve(addresses[name]);
    },
  });
  await control.start();
  const change = (given: unknown, by = 'me') => control.change(balancingChange.parse(given), by);
  const urls = () => plans.at(-1)?.backends.map(({ url, slot, mode }) => [url, slot, mode]);
  return { control, change, plans, urls, lines, settings, addresses, asked };
}

describe('ControlPlane', () => {
  it('puts the topology in force at the start', async () => {
    const { plans, settings } = await setUp({ backends: [{ url: a, weight: 3 }] });
    expect(plans).toMatchObject([
      {
        version: 1,
        strategy: { name: 'round-robin', settings: {}, hashKey: 'address' },
        backends: [{ url: a, weight: 3, slot: 0, mode: 'ready' }],
      },
    ]);
    expect(settings).toEqual([2]);
  });

  it('has every address of a name as a backend, and follows them', async () => {
    const { control, urls, addresses } = await setUp(
      { backends: [{ url: 'http://app:3000', weight: 1 }], dns: { interval: 0.02 } },
      { app: ['10.0.0.5', '10.0.0.6'] },
    );
    expect(urls()).toEqual([
      ['http://10.0.0.5:3000', 0, 'ready'],
      ['http://10.0.0.6:3000', 1, 'ready'],
    ]);
    addresses['app'] = ['10.0.0.7', '10.0.0.6'];
    await expect.poll(urls).toEqual([
      ['http://10.0.0.6:3000', 1, 'ready'],
      ['http://10.0.0.7:3000', 2, 'ready'],
    ]);
    delete addresses['app'];
    const { version } = control;
    await control.change(balancingChange.parse({}), 'me');
    expect([control.version, urls()?.length]).toEqual([version + 1, 2]);
    control.stop();
  });

  it('leaves names to the system where they are not to be resolved', async () => {
    const { urls } = await setUp({ backends: [{ url: 'http://app:3000', weight: 1 }], dns: { interval: 0 } });
    expect(urls()).toEqual([['http://app:3000', 0, 'ready']]);
  });

  it('makes changes one after the other, each on what the one before has left', async () => {
    const { change, urls, control } = await setUp({ backends: [{ url: a, weight: 1 }] });
    const results = await Promise.allSettled([
      change({ backends: { add: [{ url: b }] } }),
      change({ backends: { add: [{ url: b }] } }),
      change({ backends: { remove: [a] } }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([urls(), control.version]).toEqual([[[b, 1, 'ready']], 3]);
  });

  it('stays as it is when the data plane cannot follow', async () => {
    const { change, control, plans } = await setUp({ backends: [{ url: a, weight: 1 }] });
    const { state, backends, version } = control;
    await expect(change({ strategy: { name: 'random' }, backends: { add: [{ url: b }] } })).rejects.toThrow(
      'no dice',
    );
    expect([control.state, control.backends, control.version, plans.length]).toEqual([
      state,
      backends,
      version,
      1,
    ]);
  });

  it('takes a changed file as it is, but for the modes that it does not name', async () => {
    const { change, control, urls, lines, settings } = await setUp({
      backends: [
        { url: a, weight: 1 },
        { url: b, weight: 1, mode: 'drain' },
      ],
    });
    await change({
      strategy: { name: 'maglev' },
      backends: { update: [{ url: a, mode: 'maintenance' }], add: [{ url: 'http://10.0.0.3' }] },
    });
    const file: BalancerTopology = {
      ...base,
      port: 9,
      health: { ...base.health, interval: 7 },
      backends: [
        { url: b, weight: 4, mode: 'ready' },
        { url: a, weight: 2 },
      ],
    };
    await control.reload(file, 'balanza.yaml');
    expect(urls()).toEqual([
      [b, 1, 'ready'],
      [a, 0, 'maintenance'],
    ]);
    expect(control.state.strategy.name).toBe('round-robin');
    expect(settings).toEqual([2, 7]);
    expect(lines.slice(1)).toEqual([
      [{ audit: expect.objectContaining({ by: 'balanza.yaml', version: 3 }) }, 'balancing changed'],
      [{ err: undefined }, 'port: in force from the next start on'],
    ]);
  });
});
