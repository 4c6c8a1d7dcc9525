import { DEFAULT_POLICY } from '@balanza/proxy';
import { resolveTopology, topologyFile } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { policyOf } from './policy.js';

/** Of backends of one's own, which nothing is known of. */
const own = { backends: [{ url: 'http://127.0.0.1:1' }], health: { check: 'off' } };
const settings = resolveTopology(topologyFile.parse({ balancers: { 'lb-microservices': own } })).balancers[
  'lb-microservices'
];

describe('policyOf', () => {
  it('is the default policy of the data plane where nothing is set', () => {
    expect(policyOf(settings, 'secret')).toEqual(DEFAULT_POLICY);
  });

  it('has stickiness only where it is enabled, with the secret', () => {
    const sticky = { enabled: true, cookie: 'c', maxAge: 60, secure: true };
    expect(policyOf({ ...settings, sticky }, 'secret')).toEqual({
      ...DEFAULT_POLICY,
      sticky: { cookie: 'c', secret: 'secret', maxAgeSeconds: 60, secure: true },
    });
  });

  it('has every time in ms', () => {
    const { ejection, slowStart, retry, limits, shedding, drain } = settings;
    const changed = {
      ...settings,
      ejection: { ...ejection, window: 1, base: 2, max: 3 },
      slowStart: { ...slowStart, window: 4 },
      retry: { ...retry, perTryTimeout: 5 },
      limits: { ...limits, queueWait: 6 },
      shedding: { ...shedding, enabled: true, window: 7 },
      drain: { ...drain, tunnelTimeout: 8 },
    };
    expect(policyOf(changed, 's')).toMatchObject({
      ejection: { windowMs: 1_000, baseMs: 2_000, maxMs: 3_000 },
      slowStart: { windowMs: 4_000 },
      retry: { perTryTimeoutMs: 5_000 },
      limits: { queueWaitMs: 6_000 },
      shedding: { enabled: true, windowMs: 7_000 },
      drain: { tunnelMs: 8_000 },
    });
  });
});
