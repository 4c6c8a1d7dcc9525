import { describe, expect, it } from 'vitest';
import { StallMeter } from './stall-meter.ts';

const TIMEOUT_MS = 30_000;
const TICK_MS = 1_000;

function meter(timeoutMs = TIMEOUT_MS) {
  const stalls = new StallMeter<string>(timeoutMs, TICK_MS);
  /** So many ticks in time; gives what they found. */
  const ticks = (count: number) => Array.from({ length: count }, () => stalls.tick(TICK_MS)).flat();
  return { stalls, ticks };
}

describe('a process stands still', () => {
  it('when it has not been heard of for the timeout, and is named once', () => {
    const { stalls, ticks } = meter();
    for (const name of ['one', 'other']) stalls.heard(name, false);
    expect(ticks(20)).toEqual([]);
    stalls.heard('other', false);
    expect(ticks(9)).toEqual([]);
    expect(ticks(1)).toEqual(['one']);
    expect(ticks(20)).toEqual(['other']);
    expect(ticks(100)).toEqual([]);
  });

  it('when a pause that was ordered has ended, and then for the whole timeout', () => {
    const { stalls, ticks } = meter();
    stalls.heard('one', false);
    stalls.pause('one', true);
    expect(ticks(100)).toEqual([]);
    stalls.pause('one', false);
    expect(ticks(29)).toEqual([]);
    expect(ticks(1)).toEqual(['one']);
  });
});

describe('a process does not stand still', () => {
  it('before it was heard of for the first time, however slowly it starts', () => {
    const { stalls, ticks } = meter();
    stalls.pause('one', false);
    expect(ticks(1_000)).toEqual([]);
  });

  it('because the launcher itself did: a tick that comes late counts as one', () => {
    const { stalls, ticks } = meter();
    stalls.heard('one', false);
    expect(stalls.tick(8 * 3_600_000)).toEqual([]);
    expect(ticks(28)).toEqual([]);
    expect(ticks(1)).toEqual(['one']);
  });

  it('while a debugger can be attached', () => {
    const { stalls, ticks } = meter();
    stalls.heard('one', true);
    expect(ticks(100)).toEqual([]);
    stalls.heard('one', false);
    expect(ticks(30)).toEqual(['one']);
  });

  it('once it has ended', () => {
    const { stalls, ticks } = meter();
    stalls.heard('one', false);
    stalls.forget('one');
    expect(ticks(100)).toEqual([]);
  });

  it('where the timeout is 0', () => {
    const { stalls, ticks } = meter(0);
    stalls.heard('one', false);
    expect(ticks(1_000)).toEqual([]);
  });
});
