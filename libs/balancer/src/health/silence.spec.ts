import { describe, expect, it } from 'vitest';
import { Silence } from './silence.js';

describe('Silence', () => {
  it('is who has requests in flight and ends none of them for a while', () => {
    const silence = new Silence(1_000);
    const backend = { inFlight: 1, ended: 5 };
    expect([0, 999, 1_000, 5_000].map((now) => silence.isSilent(backend, now))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    backend.ended = 6;
    expect([5_100, 6_000, 6_100].map((now) => silence.isSilent(backend, now))).toEqual([false, false, true]);
  });

  it('is not who has nothing to do', () => {
    const silence = new Silence(1_000);
    const backend = { inFlight: 0, ended: 5 };
    expect([0, 9_000].map((now) => silence.isSilent(backend, now))).toEqual([false, false]);
    backend.inFlight = 1;
    expect([9_999, 10_000].map((now) => silence.isSilent(backend, now))).toEqual([false, true]);
  });
});
