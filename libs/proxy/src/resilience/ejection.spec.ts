import { growth } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { comesFromBehind } from './ejection.js';

describe('an error that a backend hands on', () => {
  it.each([
    ['balanza; error=destination_unavailable', true],
    ['balanza;\t received-status=503', true],
    ['"a, b; c"; details="x; y, z"; error=http_response_timeout', true],
    ['cache; error=connection_refused, balanza; received-status=502', true],
    ['balanza; error=proxy_internal_error', false],
    ['cache; error=connection_refused, balanza', false],
    ['cache; details="; error=connection_refused"', false],
    ['cache; details="\\\\"; error=connection_refused', true],
    ['cache; details="\\"; error=connection_refused', false],
    ['', false],
  ])('%s: %s', (proxyStatus, fromBehind) => {
    expect(comesFromBehind(proxyStatus)).toBe(fromBehind);
  });

  it.each([
    ['parameters', (size: number) => '; error="'.repeat(size / 9)],
    ['spaces', (size: number) => `${`;${' '.repeat(50)}`.repeat(size / 51)},`],
    ['errors before the last member', (size: number) => `${';error=a'.repeat(size / 8)},x`],
  ])('is found in time that is linear in %s', async (_what, input) => {
    expect(await growth(input, comesFromBehind, 8_000)).toBeLessThanOrEqual(2.5);
  });
});
