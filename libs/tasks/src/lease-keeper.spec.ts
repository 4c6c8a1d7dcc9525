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
    onNews: () => undefined,
    onFailure: () => undefined,
  });
  const state = () => [subject.isValid, subject.isSteady];
  const renewFor = async (ms: number, every = 1_000) => {
    for (const end = clock.now + ms; clock.now < end; clock.now += every - clock.takes) await subject.renew();
  };
  return { clock, subject, state, renewFor };
}

describe('a lease', () => {
  it('is valid for 3 s from when its renewal was asked for', async () => {
    const { clock, subject, state } = keeper();
    expect(state()).toEqual([false, false]);
    await subject.renew();
    clock.now += 2_998;
    expect(subject.isValid).toBe(true);
    clock.now += 1;
    expect(subject.isValid).toBe(false);
  });

  it('is steady once it has been renewed without a gap for as long as others may be silent', async () => {
    const { state, renewFor } = keeper();
    await renewFor(2_000);
    expect(state()).toEqual([true, false]);
    await renewFor(2_000);
    expect(state()).toEqual([true, true]);
  });

  it.each([
    ['a gap', async ({ clock }: ReturnType<typeof keeper>) => void (clock.now += 1_600)],
    ['a slow answer', async ({ clock }: ReturnType<typeof keeper>) => void (clock.takes = 600)],
  ])('is not steady after %s', async (_what, disturb) => {
    const subject = keeper();
    await subject.renewFor(5_000);
    expect(subject.state()).toEqual([true, true]);
    await disturb(subject);
    await subject.subject.renew();
    subject.clock.takes = 1;
    expect(subject.state()).toEqual([true, false]);
    await subject.renewFor(4_000);
    expect(subject.state()).toEqual([true, true]);
  });

  it('that cannot be renewed says so and is not valid for longer', async () => {
    const { clock, subject, renewFor } = keeper();
    await renewFor(4_000);
    clock.fails = true;
    await expect(subject.renew()).rejects.toThrow('away');
    clock.now += 3_000;
    expect(subject.isValid).toBe(false);
  });
});
