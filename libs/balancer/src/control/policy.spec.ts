import { DEFAULT_POLICY } from '@balanza/proxy';
import { loadTopology } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { policyOf } from './policy.js';

const settings = loadTopology().balancers['lb-microservices'];

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
});
