import { temporaryFolder } from '@balanza/testing';
import { urlOf } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { readContext } from './process-context.js';

describe('HOST', () => {
  it('moves the whole system: what a process binds is where its balancer looks for it', () => {
    using folder = temporaryFolder();
    const BALANZA_CONFIG = folder.write('t.yaml', 'host: 127.0.0.2');
    const environment = { BALANZA_CONFIG, HOST: '127.0.0.3' };
    const worker = readContext('worker', environment);
    const { topology } = readContext('lb-workers', environment);
    expect([worker.topology.host, topology.host]).toEqual(['127.0.0.3', '127.0.0.3']);
    expect(topology.balancers['lb-workers'].backends.map(({ url }) => url)).toContain(
      urlOf(worker.topology.host, worker.port),
    );
  });

  it('that is every address of the machine leaves the others reachable on the loopback one', () => {
    const { topology } = readContext('lb-workers', { HOST: '0.0.0.0' });
    expect([topology.host, topology.balancers['lb-workers'].backends[0]?.url]).toEqual([
      '0.0.0.0',
      'http://127.0.0.1:5005',
    ]);
  });

  it('is the one of the topology where it is not set', () => {
    expect(readContext('worker', {}).topology.host).toBe('127.0.0.1');
  });
});
