import { loadTopology } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { applyConfig, balancerConfig } from './balancer.config.js';

const topology = loadTopology().balancers['load-balancer'];
const applied = (environment: Readonly<Record<string, string>>) =>
  applyConfig(topology, balancerConfig.parse(environment));

describe('applyConfig', () => {
  it('leaves the topology as it is where nothing is set', () => {
    expect(applied({})).toEqual(topology);
  });

  it('puts what is set before the topology', () => {
    expect(
      applied({
        BALANCER_STRATEGY: 'maglev',
        BALANCER_MODE: 'redirect',
        BALANCER_THREADS: '2',
        MAX_IN_FLIGHT: '10',
        QUEUE_LENGTH: '0',
        QUEUE_TIMEOUT: '0.5',
        RETRIES: '1',
        TRY_TIMEOUT: '0',
        SLOW_START: '0',
        HEALTH_CHECK: 'tcp',
      }),
    ).toEqual({
      ...topology,
      strategy: { name: 'maglev', settings: {}, hashKey: 'address' },
      mode: 'redirect',
      threads: 2,
      limits: { maxInFlight: 10, queueLength: 0, queueWait: 0.5 },
      retry: { ...topology.retry, max: 1, perTryTimeout: 0 },
      slowStart: { ...topology.slowStart, window: 0 },
      health: { ...topology.health, check: 'tcp' },
    });
  });

  it('checks over HTTP where a path is named', () => {
    const health = { ...topology.health, check: 'tcp' as const };
    expect(applyConfig({ ...topology, health }, balancerConfig.parse({ HEALTH_PATH: '/ok' })).health).toEqual(
      {
        ...health,
        check: 'http',
        path: '/ok',
      },
    );
  });
});
