import { STRATEGY_NAMES } from '@balanza/balancing';
import { temporaryFolder } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { loadTopology } from './load-topology.js';
import { settingsOf, strategyOf } from './strategy.js';
import { portsOf } from './topology.js';

const RESILIENCE = {
  health: {
    check: 'http',
    path: '/health/ready',
    interval: 2,
    fastInterval: 0.4,
    timeout: 1,
    signOfLife: false,
    fall: 3,
    rise: 2,
    jitter: 0.1,
  },
  ejection: {
    enabled: true,
    consecutiveErrors: 5,
    errorShare: 0.2,
    minimumRequests: 10,
    window: 10,
    base: 30,
    max: 300,
    relayedErrors: false,
    maxShare: 0.5,
  },
  slowStart: { window: 10, aggression: 1, minWeight: 0.1 },
  retry: {
    max: 2,
    budgetShare: 0.2,
    budgetMinimum: 3,
    budgetMaximum: 1000,
    perTryTimeout: 2,
    replayBytes: 65_536,
    replayTotalBytes: 67_108_864,
    statuses: [500, 502, 503, 504],
    refusals: false,
  },
  limits: { maxInFlight: 1000, queueLength: 1000, queueWait: 1 },
  shedding: {
    enabled: false,
    threshold: 0.95,
    aggression: 1,
    window: 30,
    minimumPerSecond: 5,
    maxProbability: 0.8,
  },
  sticky: { enabled: false, cookie: 'balanza_backend', maxAge: 0, secure: false },
  drain: { tunnelTimeout: 30 },
  dns: { interval: 5 },
};
const strategy = (name: string) => ({ name, settings: {}, hashKey: 'address' });

describe('loadTopology', () => {
  it('has the ports, weights and strategies of the contract built in', () => {
    const topology = loadTopology();
    expect(topology).toEqual({
      host: '127.0.0.1',
      services: {
        'api-gateway': [{ port: 5000 }, { port: 5003 }, { port: 5006 }],
        microservice: [
          { port: 5001, weight: 3, processingTime: 0.2 },
          { port: 5007, weight: 2, processingTime: 0.5 },
          { port: 5008, weight: 1, processingTime: 1 },
        ],
        worker: [{ port: 5005 }, { port: 5009 }],
        cache: [{ port: 5004 }],
        database: [{ port: 5002 }],
      },
      balancers: {
        'load-balancer': {
          port: 8000,
          ...RESILIENCE,
          strategy: strategy('round-robin'),
          strategyDefaults: {},
          retry: { ...RESILIENCE.retry, perTryTimeout: 4 },
          mode: 'proxy',
          threads: 1,
          backends: [5000, 5003, 5006].map((port) => ({ url: `http://127.0.0.1:${port}`, weight: 1 })),
        },
        'lb-microservices': {
          port: 8001,
          ...RESILIENCE,
          strategy: strategy('weighted-round-robin'),
          strategyDefaults: {},
          mode: 'proxy',
          threads: 1,
          backends: [
            { url: 'http://127.0.0.1:5001', weight: 3 },
            { url: 'http://127.0.0.1:5007', weight: 2 },
            { url: 'http://127.0.0.1:5008', weight: 1 },
          ],
        },
        'lb-workers': {
          port: 8002,
          ...RESILIENCE,
          strategy: strategy('least-connections'),
          strategyDefaults: { ties: 'first' },
          retry: { ...RESILIENCE.retry, replayBytes: 1_114_112, refusals: true },
          mode: 'proxy',
          threads: 1,
          backends: [5005, 5009].map((port) => ({ url: `http://127.0.0.1:${port}`, weight: 1 })),
        },
      },
      eventsPort: 8012,
      postgres: { port: 5010, dataDirectory: '.balanza/postgres' },
    });
    expect(portsOf(topology, 'worker')).toEqual([5005, 5009]);
    expect(portsOf(topology, 'lb-workers')).toEqual([8002]);
  });

  it('replaces what a file names, and nothing else', () => {
    using folder = temporaryFolder();
    const path = folder.write(
      'one-balancer.yaml',
      'balancers:\n  load-balancer:\n    mode: redirect\n    backends:\n      - url: http://10.0.0.1:80/\n      - url: http://app.internal:3000\n        weight: 2\n',
    );
    const builtIn = loadTopology();
    expect(loadTopology(path)).toEqual({
      ...builtIn,
      balancers: {
        ...builtIn.balancers,
        'load-balancer': {
          ...RESILIENCE,
          health: { ...RESILIENCE.health, check: 'tcp' },
          retry: { ...RESILIENCE.retry, perTryTimeout: 0 },
          port: 8000,
          strategy: strategy('round-robin'),
          strategyDefaults: {},
          mode: 'redirect',
          threads: 1,
          backends: [
            { url: 'http://10.0.0.1', weight: 1 },
            { url: 'http://app.internal:3000', weight: 2 },
          ],
        },
      },
    });
  });

  it('takes a strategy with settings, and how backends are treated', () => {
    using folder = temporaryFolder();
    const path = folder.write(
      'b.yaml',
      `balancers:
  load-balancer:
    strategy: { name: bounded-load, settings: { factor: 1.5 }, hashKey: header x-user }
    health: { path: /healthz, interval: 5 }
    ejection: { enabled: false }
    retry: { perTryTimeout: 0.5 }
    sticky: { enabled: true }
    backends: [{ url: "http://a", mode: drain }]
`,
    );
    expect(loadTopology(path).balancers['load-balancer']).toEqual({
      ...RESILIENCE,
      port: 8000,
      mode: 'proxy',
      threads: 1,
      strategy: { name: 'bounded-load', settings: { factor: 1.5 }, hashKey: 'header x-user' },
      strategyDefaults: {},
      health: { ...RESILIENCE.health, path: '/healthz', interval: 5 },
      ejection: { ...RESILIENCE.ejection, enabled: false },
      retry: { ...RESILIENCE.retry, perTryTimeout: 0.5 },
      sticky: { ...RESILIENCE.sticky, enabled: true },
      backends: [{ url: 'http://a', weight: 1, mode: 'drain' }],
    });
  });

  it.each(STRATEGY_NAMES)('takes the strategy %s by its name', (name) => {
    using folder = temporaryFolder();
    const path = folder.write('b.yaml', `balancers: { lb-workers: { strategy: ${name} } }`);
    expect(loadTopology(path).balancers['lb-workers'].strategy).toEqual(strategy(name));
  });

  it('rotates ties but where lb-workers stands before the workers of the lab', () => {
    using folder = temporaryFolder();
    const path = folder.write(
      'b.yaml',
      'balancers: { lb-workers: { strategy: { name: least-connections, settings: { ties: first } }, backends: [{ url: "http://a" }] } }',
    );
    const { balancers } = loadTopology(path);
    expect([balancers['lb-workers'].strategy, balancers['lb-workers'].strategyDefaults]).toEqual([
      { name: 'least-connections', settings: { ties: 'first' }, hashKey: 'address' },
      {},
    ]);
    const own = folder.write(
      'own.yaml',
      'balancers: { lb-workers: { strategy: weighted-least-connections } }',
    );
    const { strategy: chosen, strategyDefaults } = loadTopology(own).balancers['lb-workers'];
    expect(settingsOf(chosen, strategyDefaults)).toEqual({ ties: 'first' });
    expect(settingsOf(strategyOf('round-robin'), strategyDefaults)).toEqual({});
    expect(settingsOf({ ...chosen, settings: { ties: 'rotate' } }, strategyDefaults)).toEqual({
      ties: 'rotate',
    });
  });

  it('lets the balancers follow the replicas that a file names', () => {
    using folder = temporaryFolder();
    const path = folder.write(
      't.yaml',
      'host: 127.0.0.2\napps: { microservice: [{ port: 7001, weight: 5 }, { port: 7002 }] }',
    );
    expect(loadTopology(path).balancers['lb-microservices'].backends).toEqual([
      { url: 'http://127.0.0.2:7001', weight: 5 },
      { url: 'http://127.0.0.2:7002', weight: 1 },
    ]);
  });

  it('lets the replicas follow a host that goes before the one of the file', () => {
    using folder = temporaryFolder();
    const path = folder.write('t.yaml', 'host: 127.0.0.2\napps: { worker: [{ port: 7001 }] }');
    const topology = loadTopology(path, { host: '127.0.0.3' });
    expect([topology.host, topology.balancers['lb-workers'].backends]).toEqual([
      '127.0.0.3',
      [{ url: 'http://127.0.0.3:7001', weight: 1 }],
    ]);
    expect(loadTopology(undefined, { host: '127.0.0.3' }).balancers['load-balancer'].backends).toEqual(
      [5000, 5003, 5006].map((port) => ({ url: `http://127.0.0.3:${port}`, weight: 1 })),
    );
  });

  it.each([
    [
      'balancers: { load-balancer: { port: 70000 } }',
      'balancers.load-balancer.port = 70000: must be a port, 1 to 65535',
    ],
    [
      'balancers: { load-balancer: { strategy: fastest } }',
      'balancers.load-balancer.strategy = "fastest": must be round-robin, weighted-round-robin, least-connections, weighted-least-connections, random, power-of-two, peak-ewma, ring-hash, maglev, rendezvous or bounded-load',
    ],
    [
      'balancers: { load-balancer: { strategy: { name: peak-ewma, settings: { decayMs: 0 } } } }',
      'balancers.load-balancer.strategy.settings.decayMs = 0: must be a number from 1 to 3600000 ms',
    ],
    [
      'balancers: { load-balancer: { strategy: { name: least-connections, settings: { ties: last } } } }',
      'balancers.load-balancer.strategy.settings.ties = "last": must be rotate or first',
    ],
    [
      'balancers: { load-balancer: { strategy: { name: random, settings: { factor: 1 } } } }',
      'balancers.load-balancer.strategy.settings.factor = 1: must be left out: there are no settings',
    ],
    [
      'balancers: { load-balancer: { strategy: { name: maglev, hashKey: body } } }',
      'balancers.load-balancer.strategy.hashKey = "body": must be address, uri, header <name> or cookie <name>',
    ],
    [
      'balancers: { load-balancer: { health: { path: ready } } }',
      'balancers.load-balancer.health.path = "ready": must be a path that begins with /, such as /health/ready',
    ],
    [
      'balancers: { load-balancer: { ejection: { errorShare: 20 } } }',
      'balancers.load-balancer.ejection.errorShare = 20: must be a share from 0 to 1',
    ],
    [
      'balancers: { load-balancer: { retry: { budgetMaximum: 2 } } }',
      'balancers.load-balancer.retry.budgetMaximum = 2: must be at least budgetMinimum, which is 3',
    ],
    [
      'balancers: { load-balancer: { retry: { statuses: [404] } } }',
      'balancers.load-balancer.retry.statuses.0 = 404: must be from 500 to 599',
    ],
    [
      'balancers: { load-balancer: { limits: { queueWait: 1m } } }',
      'balancers.load-balancer.limits.queueWait = "1m": must be a number of seconds',
    ],
    [
      'balancers: { load-balancer: { sticky: { cookie: "a b" } } }',
      `balancers.load-balancer.sticky.cookie = "a b": must be a cookie's name`,
    ],
    [
      'balancers: { load-balancer: { backends: [{ url: "http://a", mode: off }] } }',
      'balancers.load-balancer.backends.0.mode = "off": must be ready, drain or maintenance',
    ],
    [
      'balancers: { load-balancer: { backends: [] } }',
      'balancers.load-balancer.backends = []: must name at least one backend',
    ],
    [
      'balancers: { load-balancer: { backends: [{ url: "ftp://a" }] } }',
      'balancers.load-balancer.backends.0.url = "ftp://a": must be an http:// URL, such as http://127.0.0.1:5000',
    ],
    [
      'balancers: { load-balancer: { backends: [{ url: "http://a/path" }] } }',
      'balancers.load-balancer.backends.0.url = "http://a/path": must name only scheme, host and port, such as http://127.0.0.1:5000',
    ],
    [
      'balancers: { load-balancer: { backends: [{ url: "http://a", weight: 0 }] } }',
      'balancers.load-balancer.backends.0.weight = 0: must be at least 1',
    ],
    [
      'balancers: { load-balancer: { backends: [{ url: "http://a" }, { url: "http://a/" }] } }',
      'must not name the same URL twice',
    ],
    [
      'balancers: { lb-workers: { mode: nat } }',
      'balancers.lb-workers.mode = "nat": must be proxy or redirect',
    ],
    ['apps: { microservice: [{ port: 1, weight: 1001 }] }', 'weight = 1001: must be at most 1000'],
    [
      'apps: { microservice: [{ port: 1, processingTime: slow }] }',
      'processingTime = "slow": must be a number of seconds',
    ],
    ['host: ""', 'host = "": must not be empty'],
    [
      'balancers: { load-balancr: {} }',
      'balancers = {"load-balancr":{}}: must not have "load-balancr": it may have load-balancer, lb-microservices and lb-workers',
    ],
    [
      'postgres: { folder: a, prt: 1 }',
      'must not have "folder" and "prt": it may have port and dataDirectory',
    ],
    ['balancers: { lb-workers: { drain: { x: 1 } } }', 'must not have "x": it may have tunnelTimeout'],
    ['apps: [1]', 'apps = [1]: must be an object'],
    ['apps: { cache: { port: 1 } }', 'apps.cache = {"port":1}: must be a list'],
    ['balancers: { load-balancer: { backends: a } }', 'backends = "a": must be a list'],
    [
      'balancers: { load-balancer: { backends: [{ url: "http://me:secret@a" }] } }',
      'backends.0.url = "http://***@a": must name only scheme, host and port, such as http://127.0.0.1:5000',
    ],
    ['a: [', 'cannot be read'],
    ['', 'cannot be read: it is empty; leave BALANZA_CONFIG out for the built-in topology'],
    [' \n\uFEFF', 'cannot be read: it is empty; leave BALANZA_CONFIG out for the built-in topology'],
    ['a: &a [*a]', 'cannot be read: it has the alias *a; write there what it stands for'],
  ])('refuses %s, saying what is wrong', (yaml, message) => {
    using folder = temporaryFolder();
    const path = folder.write('wrong.yaml', yaml);
    expect(() => loadTopology(path)).toThrow(message);
  });

  it('is the built-in one where all of the file is commented out', () => {
    using folder = temporaryFolder();
    expect(loadTopology(folder.write('comments.yaml', '# host: 0.0.0.0\n'))).toEqual(loadTopology());
  });

  it('repeats no more than the beginning of a value that is wrong', () => {
    using folder = temporaryFolder();
    const path = folder.write('wrong.yaml', `host: ['${'a'.repeat(1000)}']`);
    expect(() => loadTopology(path)).toThrow(
      `${path} is not a valid topology:\n  host = ["${'a'.repeat(198)}…: must be text`,
    );
  });

  it('reads no file of more than 1 MiB', () => {
    using folder = temporaryFolder();
    const path = folder.write('large.yaml', `#${' '.repeat(1_048_576)}`);
    expect(() => loadTopology(path)).toThrow(
      `BALANZA_CONFIG=${path} cannot be read: it has 1048577 bytes; at most 1048576 are allowed`,
    );
    expect(loadTopology(folder.write('largest.yaml', `#${' '.repeat(1_048_575)}`))).toEqual(loadTopology());
  });

  it('refuses a file that is not there', () => {
    expect(() => loadTopology('/nowhere/balanza.yaml')).toThrow(
      'BALANZA_CONFIG=/nowhere/balanza.yaml cannot be read',
    );
  });
});
