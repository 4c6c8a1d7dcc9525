import type { BalancingPlan } from '@balanza/proxy';
import { loadTopology, TopologyError, type BalancerTopology } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { differences } from './audit.js';
import { balancingChange } from './balancing-state.js';
import { ControlPlane } from './control-plane.js';
import { OwnAddress } from './own-address.js';

const base = loadTopology().balancers['load-balancer'];
const [a, b] = ['http://10.0.0.1', 'http://10.0.0.2'];

async function setUp(topology: Partial<BalancerTopology>, addresses: Record<string, readonly string[]> = {}) {
  const plans: BalancingPlan[] = [];
  const lines: unknown[] = [];
  const audited: unknown[] = [];
  const settings: unknown[] = [];
  const busy = new Set<number>();
  const balancer = {
    plan: { version: 0 } as BalancingPlan,
    apply(plan: BalancingPlan) {
      if (plan.strategy.name === 'random') throw new RangeError('no dice');
      plans.push(plan);
      this.plan = plan;
    },
    inFlight: (slot: number) => (busy.has(slot) ? 1 : 0),
  };
  const asked: string[] = [];
  const control = new ControlPlane({
    balancer,
    topology: { ...base, ...topology },
    stickySecret: 's',
    logger: { warn: (...line: unknown[]) => lines.push(line) },
    audit: {
      applied: (by, version, before, after) =>
        audited.push(['applied', by, version, differences(before, after)]),
      refused: (by, version, what, reason) => audited.push(['refused', by, version, what, reason]),
    },
    onSettings: ({ health }) => settings.push(health.interval),
    lookup: (name) => {
      asked.push(name);
      return addresses[name] === undefined
        ? Promise.reject(new Error('ENOTFOUND'))
        : Promise.resolve(addresses[name]);
    },
  });
  await control.start(await OwnAddress.of({ host: '10.0.0.99', port: 80 }));
  const change = (given: unknown, by = 'me') => control.change(balancingChange.parse(given), by);
  const urls = () => plans.at(-1)?.backends.map(({ url, slot, mode }) => [url, slot, mode]);
  return { control, change, plans, urls, lines, audited, settings, addresses, asked, busy };
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

  it('gives strategies the settings that they have on this balancer, whatever is chosen later', async () => {
    const strategyDefaults = loadTopology().balancers['lb-workers'].strategyDefaults;
    const { change, control, plans } = await setUp({ backends: [{ url: a, weight: 1 }], strategyDefaults });
    const chosen = { name: 'least-connections', settings: {}, hashKey: 'address' } as const;
    await change({ strategy: chosen });
    await change({ strategy: { ...chosen, settings: { ties: 'rotate' } } });
    await change({ strategy: { name: 'maglev' } });
    expect(plans.slice(1).map(({ strategy }) => strategy.settings)).toEqual([
      { ties: 'first' },
      { ties: 'rotate' },
      {},
    ]);
    await change({ strategy: chosen });
    expect(control.state.strategy).toEqual(chosen);
  });

  it('takes what changes nothing for no change: no plan, no version, no line', async () => {
    const backends = [
      { url: a, weight: 3 },
      { url: b, weight: 1 },
    ] as const;
    const { change, control, plans, audited, settings } = await setUp({ backends });
    const strategy = { name: 'maglev', settings: { tableSize: 101 }, hashKey: 'uri' };
    await change({ strategy });
    const before = [control.version, plans.length, audited.length];
    await change({});
    await change({ strategy });
    await change({
      strategy,
      version: control.version,
      backends: { update: [{ url: a, weight: 3, mode: 'ready' }] },
    });
    await change({ backends: { remove: [b], add: [{ url: b }] } });
    expect([control.version, plans.length, audited.length]).toEqual(before);
    const file = { ...base, backends, strategy: control.state.strategy };
    await control.reload(file, 'balanza.yaml');
    expect([control.version, plans.length, audited.length, settings.length]).toEqual([...before, 1]);
    // What is out of date is refused all the same.
    await expect(change({ version: 1 })).rejects.toThrow('The version is 2 now, not 1');
  });

  it('warns once where a ring has fewer points than nginx would give it', async () => {
    const { change, lines } = await setUp({
      backends: [a, b].map((url) => ({ url, weight: 1_000 })),
      strategy: { name: 'ring-hash', settings: { pointsPerWeight: 500 }, hashKey: 'address' },
    });
    expect(lines).toEqual([]);
    const more = { name: 'ring-hash', settings: { pointsPerWeight: 501 } };
    await change({ strategy: more });
    await change({ backends: { update: [{ url: a, mode: 'drain' }] } });
    expect(lines).toEqual([
      [
        { err: undefined },
        'ring-hash: The ring would have 1002000 points (the sum of the weights × pointsPerWeight), of 1000000 at most: each backend has fewer, and keys go to other backends than with nginx. Lower the weights, in the same proportion, or pointsPerWeight',
      ],
    ]);
    await change({ strategy: { name: 'round-robin' } });
    await change({ strategy: more });
    expect(lines).toHaveLength(2);
  });

  it('has every address of a name as a backend, and follows them', async () => {
    const { control, change, urls, addresses } = await setUp(
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
    await change({ backends: { update: [{ url: 'http://app:3000', weight: 2 }] } });
    expect([control.version, urls()?.length]).toEqual([version + 1, 2]);
    control.stop();
  });

  const own = 'http://10.0.0.99';
  const ITSELF = 'is this balancer itself, which listens on port 80 of 10.0.0.99; name another backend';

  it('refuses the address that it listens at itself, whoever names it', async () => {
    const inFile = `${own} ${ITSELF} in the file of BALANZA_CONFIG, or set PORT`;
    await expect(setUp({ backends: [{ url: own, weight: 1 }] })).rejects.toThrow(new TopologyError(inFile));
    const { change, control, plans } = await setUp(
      { backends: [{ url: a, weight: 1 }], dns: { interval: 5 } },
      { balancer: ['10.0.0.99'] },
    );
    const add = [{ url: b }, { url: own }, { url: 'http://balancer' }];
    await expect(change({ backends: { add } })).rejects.toMatchObject({
      details: [
        { field: 'backends.add.1.url', message: `${own} ${ITSELF}` },
        { field: 'backends.add.2.url', message: `http://balancer ${ITSELF}` },
      ],
    });
    const file = { ...base, backends: [{ url: own, weight: 1 }] };
    await expect(control.reload(file, 'balanza.yaml')).rejects.toThrow(new TopologyError(inFile));
    expect(plans).toHaveLength(1);
    control.stop();
  });

  it('leaves itself out of the addresses of a name, and says so once', async () => {
    const { control, change, urls, lines, addresses } = await setUp(
      { backends: [{ url: 'http://app', weight: 1 }], dns: { interval: 0.02 } },
      { app: ['10.0.0.5'] },
    );
    addresses['app'] = ['10.0.0.5', '10.0.0.6', '10.0.0.99'];
    const names = () => urls()?.map(([url]) => url);
    await expect.poll(names).toEqual(['http://10.0.0.5', 'http://10.0.0.6']);
    await change({ backends: { update: [{ url: 'http://app', weight: 2 }] } });
    addresses['app'] = ['10.0.0.99'];
    const { version } = control;
    await change({ strategy: { name: 'maglev' } });
    expect(control.version).toBe(version + 1);
    expect(lines).toEqual([
      [{ err: undefined }, `${own}, an address of http://app, is left out: it is this balancer itself`],
    ]);
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
    const { change, control, urls, lines, audited, settings } = await setUp({
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
    expect(lines).toEqual([[{ err: undefined }, 'port: in force from the next start on']]);
    expect(audited.slice(1)).toEqual([
      [
        'applied',
        'balanza.yaml',
        3,
        {
          before: {
            strategy: { name: 'maglev', settings: {}, hashKey: 'address' },
            backends: [
              { url: a, weight: 1, mode: 'maintenance' },
              { url: b, weight: 1, mode: 'drain' },
              { url: 'http://10.0.0.3', weight: 1, mode: 'ready' },
            ],
            port: 8000,
            health: { interval: 2 },
          },
          after: {
            strategy: base.strategy,
            backends: [
              { url: b, weight: 4, mode: 'ready' },
              { url: a, weight: 2, mode: 'maintenance' },
            ],
            port: 9,
            health: { interval: 7 },
          },
        },
      ],
    ]);
  });

  it('writes down what was asked for and not done, and why', async () => {
    const { change, audited } = await setUp({ backends: [{ url: a, weight: 1 }], dns: { interval: 5 } });
    const refusals = [
      [
        { version: 7, backends: { update: [{ url: a, weight: 2 }] } },
        'The version is 1 now, not 7; read what has changed and decide again',
      ],
      [
        { backends: { remove: [b] } },
        `backends.remove.0 ${b} is not a backend; GET /-/api/backends lists them`,
      ],
      [
        { backends: { add: [{ url: 'http://nobody', weight: 1, mode: 'ready' }] } },
        'backends.add.0.url nobody has no address that could be found',
      ],
      [{ strategy: { name: 'random', settings: {}, hashKey: 'address' } }, 'no dice'],
    ] as const;
    for (const [asked, reason] of refusals) await expect(change(asked)).rejects.toThrow(reason);
    expect(audited).toEqual(refusals.map((refusal) => ['refused', 'me', 1, ...refusal]));
  });

  const many = (network: number, count: number) =>
    Array.from({ length: count }, (_, index) => `10.0.${network}.${index}`);
  const app = { backends: [{ url: 'http://app', weight: 1 }], dns: { interval: 0.02 } };

  it('follows as many addresses of a name as there may be, and says whom it leaves out', async () => {
    const backends = [...app.backends, { url: a, weight: 1 }];
    const { control, urls, lines } = await setUp({ ...app, backends }, { app: many(1, 129) });
    expect([urls()?.length, urls()?.at(-1)]).toEqual([128, [a, 127, 'ready']]);
    // In the order of addresses as text.
    const left_out = ['http://10.0.1.98', 'http://10.0.1.99'];
    expect(lines).toEqual([[{ left_out }, '2 backends are left out, as there may be 128']]);
    control.stop();
  });

  it('follows the addresses that have room, and the others as soon as they have', async () => {
    const { control, urls, addresses, busy } = await setUp(app, { app: many(1, 128) });
    addresses['app'] = many(2, 128);
    await expect.poll(() => urls()?.[0]?.[0]).toBe('http://10.0.2.0');
    // All slots were used, and requests of those that left go on in all but one of them.
    for (let slot = 1; slot < 256; slot++) busy.add(slot);
    addresses['app'] = [...many(2, 3), ...many(3, 2)];
    const kept = many(2, 3).map((address) => `http://${address}`);
    const names = () => urls()?.map(([url]) => url);
    await expect.poll(names).toEqual([...kept, 'http://10.0.3.0']);
    const { version } = control;
    busy.clear();
    await expect.poll(names).toEqual([...kept, 'http://10.0.3.0', 'http://10.0.3.1']);
    expect(control.version).toBe(version + 1);
    control.stop();
  });

  it('keeps who is there where nobody of those that a name has now has room', async () => {
    const { control, change, urls, addresses, busy, asked } = await setUp(app, { app: many(1, 128) });
    addresses['app'] = many(2, 128);
    await expect.poll(() => urls()?.[0]?.[0]).toBe('http://10.0.2.0');
    for (let slot = 0; slot < 256; slot++) busy.add(slot);
    addresses['app'] = many(3, 1);
    const { version } = control;
    const { length } = asked;
    await expect.poll(() => asked.length).toBeGreaterThan(length + 1);
    const refused = [{ field: 'backends', message: expect.stringContaining('must wait until requests') }];
    await expect(change({ backends: { add: [{ url: a }] } })).rejects.toMatchObject({ details: refused });
    expect([control.version, urls()?.length]).toEqual([version, 128]);
    busy.delete(200);
    await expect.poll(urls).toEqual([['http://10.0.3.0', 200, 'ready']]);
    control.stop();
  });
});
