import { eventually } from '@balanza/testing';
import { loadTopology, type BalancerTopology } from '@balanza/topology';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { balancerConfig } from '../balancer.config.js';
import { Balancer } from '../balancer.js';
import { ControlPlane } from '../control/control-plane.js';
import { OwnAddress } from '../control/own-address.js';
import { policyOf } from '../control/policy.js';
import { BackendChecks } from '../health/backend-checks.js';
import { dnsServer } from '../testing/dns-server.js';

/** Who serves for the name: one port at several addresses, as the pods of a Kubernetes service have. */
async function pods(addresses: readonly string[], listener: (address: string) => RequestListener) {
  let port = 0;
  const servers: Server[] = [];
  for (const address of addresses) {
    const server = createServer(listener(address)).listen(port, address);
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    servers.push(server);
  }
  return {
    port,
    [Symbol.dispose]() {
      for (const server of servers) server.close().closeAllConnections();
    },
  };
}

/** A balancer that asks the DNS server at `dns` for the addresses of its one backend. */
async function startBalancer(dns: string, port: number, health?: Partial<BalancerTopology['health']>) {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([dns]);
  const builtIn = loadTopology().balancers['load-balancer'];
  const topology: BalancerTopology = {
    ...builtIn,
    health: { ...builtIn.health, check: 'off', ...health },
    backends: [{ url: `http://pods.test:${port}`, weight: 1 }],
    dns: { interval: 0.05 },
    slowStart: { window: 0, aggression: 1, minWeight: 0.1 },
  };
  const plan = {
    version: 0,
    strategy: topology.strategy,
    backends: [],
    policy: policyOf(topology, 'secret'),
  };
  const balancer = new Balancer(
    { topology, config: balancerConfig.parse({}), pseudonym: 'balanza', tracksLoad: false },
    plan,
    Infinity,
  );
  const failures: string[] = [];
  const checks = new BackendChecks(balancer, { info: () => undefined, warn: () => undefined });
  const control = new ControlPlane({
    balancer,
    topology,
    stickySecret: 'secret',
    logger: { warn: (...[, message]: unknown[]) => failures.push(String(message)) },
    audit: { applied: () => undefined, refused: () => undefined },
    onSettings: (settings) => checks.configure(settings.health),
    lookup: (name) => resolver.resolve4(name),
  });
  const address = { host: '127.0.0.1', port: 0 };
  await control.start(await OwnAddress.of(address));
  await checks.start();
  const url = await balancer.listen(address, 0);
  return {
    url,
    states: () => balancer.backends.map((backend) => backend.health.state),
    failures,
    backends: () => balancer.backends.map((backend) => new URL(backend.url).hostname),
    async [Symbol.asyncDispose]() {
      checks.stop();
      control.stop();
      await balancer.close(0);
    },
  };
}

// Only Linux has all of 127.0.0.0/8.
describe.skipIf(process.platform !== 'linux')('a name with several A records', () => {
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const ask = async (url: string) => (await fetch(url)).text();
  const askTimes = async (url: string, times: number) => {
    const seen = new Set<string>();
    for (let i = 0; i < times; i++) seen.add(await ask(url));
    return [...seen].toSorted();
  };

  it('is as many backends, which come and go with the records', async () => {
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    using servers = await pods(addresses, (address) => async (request, response) => {
      if (request.url === '/held') {
        response.write(address);
        arrived.resolve();
        await held.promise;
      }
      response.end(address);
    });
    await using dns = await dnsServer(addresses.slice(2));
    await using balancer = await startBalancer(dns.address, servers.port);
    expect(await askTimes(balancer.url, 4)).toEqual(['127.0.0.3']);
    const inFlight = ask(`${balancer.url}/held`);
    await arrived.promise;

    dns.records = addresses;
    await eventually(() => expect(balancer.backends()).toEqual(addresses));
    expect(await askTimes(balancer.url, 9)).toEqual(addresses);

    dns.records = addresses.slice(0, 2);
    await eventually(() => expect(balancer.backends()).toEqual(dns.records));
    expect(await askTimes(balancer.url, 6)).toEqual(dns.records);
    held.resolve();
    expect(await inFlight).toBe('127.0.0.3127.0.0.3');

    dns.records = addresses.slice(1);
    await eventually(() => expect(balancer.backends()).toEqual(dns.records));
    expect(await askTimes(balancer.url, 6)).toEqual(dns.records);
    expect(balancer.failures).toEqual([]);
  });

  it('sends no request to an address that does not work', async () => {
    using servers = await pods(
      addresses,
      (address) => (_request, response) =>
        response.writeHead(address === '127.0.0.3' ? 503 : 200).end(address),
    );
    await using dns = await dnsServer(addresses.slice(0, 2));
    const health = { check: 'http', interval: 0.1, fastInterval: 0.1 } as const;
    await using balancer = await startBalancer(dns.address, servers.port, health);
    const statuses = new Set<number>();
    const over = new AbortController();
    const load = async () => {
      while (!over.signal.aborted) statuses.add((await fetch(balancer.url, { method: 'POST' })).status);
    };
    const running = load();
    dns.records = addresses;
    await eventually(() => expect(balancer.states()).toEqual(['up', 'up', 'down']));
    over.abort();
    await running;
    expect(statuses).toEqual(new Set([200]));
  });

  it('keeps its backends while the server fails or has no record', async () => {
    using servers = await pods(addresses, (address) => (_request, response) => response.end(address));
    await using dns = await dnsServer(addresses);
    await using balancer = await startBalancer(dns.address, servers.port);
    const failure = 'pods.test cannot be resolved; what was known of it stays';
    for (const records of [undefined, []]) {
      const before = balancer.failures.length;
      dns.records = records;
      await eventually(() => expect(balancer.failures.length).toBeGreaterThan(before + 1));
      expect(await askTimes(balancer.url, 6)).toEqual(addresses);
    }
    expect(new Set(balancer.failures)).toEqual(new Set([failure]));
  });
});
