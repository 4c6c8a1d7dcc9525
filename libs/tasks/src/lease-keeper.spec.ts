import { describe, expect, it } from 'vitest';
import { LeaseKeeper } from './lease-keeper.js';
import type { LeaseNews } from './lease-store.js';
import { Snapshot } from './snapshot.js';

const NEWS: LeaseNews = {
  lost: [],
  stray: [],
  ready: 0,
  delayed: 0,
  due: false,
  elsewhere: 0,
  others_gone: false,
  now: 0,
  snapshot: new Snapshot('1:1:'),
};

/** A keeper whose clock stands until it is told, and whose renewals take `takes` milliseconds. */
function keeper() {
  const clock = { now: 1_000_000, takes: 1, fails: false };
  const subject = new LeaseKeeper({
    now: () => clock.now,
    renew: async () => {
      clock.now += clock.takes;
      if (clock.fails) throw new Error('away');
      return NEWS;
    },
    end: async () => undefined,
    onNews: () => undefined,
    onFailure: () => undefined,
  });
  return { clock, subject };
}

describe('a lease', () => {
  it('is valid for 3 s from when its renewal was asked for', async () => {
    const { clock, subject } = keeper();
    expect(subject.isValid).toBe(false);
    await subject.renew();
    clock.now += 2_998;
    expect(subject.isValid).toBe(true);
    clock.now += 1;
    expect(subject.isValid).toBe(false);
  });

  it('that cannot be renewed says so and is not valid for longer', async () => {
    const { clock, subject } = keeper();
    await subject.renew();
    clock.fails = true;
    await expect(subject.renew()).rejects.toThrow('away');
    clock.now += 3_000;
    expect(subject.isValid).toBe(false);
  });
});
