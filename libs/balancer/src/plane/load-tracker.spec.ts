import { ProxiedBackend } from '@balanza/proxy';
import { describe, expect, it } from 'vitest';
import { LoadTracker } from './load-tracker.js';

const url = 'http://127.0.0.1:5005';
const [first, second] = ['aaaaaaaa', 'bbbbbbbb'];

function setUp() {
  const backend = new ProxiedBackend({ url, weight: 1 });
  const tracker = new LoadTracker([backend]);
  const report = (instance: string, sequence: number, active_tasks: number) => [
    tracker.accept({ url, instance, sequence, active_tasks }),
    backend.backgroundLoad,
  ];
  return { backend, tracker, report };
}

describe('LoadTracker', () => {
  it('takes the last report as it is, so that lost ones are healed', () => {
    const { report } = setUp();
    expect(report(first, 1, 1)).toEqual([true, 1]);
    expect(report(first, 5, 4)).toEqual([true, 4]);
    expect(report(first, 6, 0)).toEqual([true, 0]);
  });

  it('ignores repeated and late reports', () => {
    const { report } = setUp();
    report(first, 5, 2);
    expect(report(first, 5, 9)).toEqual([true, 2]);
    expect(report(first, 4, 9)).toEqual([true, 2]);
  });

  it('starts anew with a new instance, and ignores what the old one still says', () => {
    const { report } = setUp();
    report(first, 100, 7);
    expect(report(second, 0, 3)).toEqual([true, 3]);
    expect(report(first, 101, 7)).toEqual([false, 3]);
    expect(report(second, 1, 2)).toEqual([true, 2]);
  });

  it('ignores what any of several earlier instances still says', () => {
    const { report } = setUp();
    const instances = ['11111111', '22222222', '33333333', '44444444', '55555555'];
    for (const instance of instances) expect(report(instance, 7, 1)).toEqual([true, 1]);
    for (const instance of instances.slice(0, -1)) expect(report(instance, 8, 9)).toEqual([false, 1]);
    expect(report('55555555', 8, 2)).toEqual([true, 2]);
  });

  it('believes whoever is heard after a silence, and that one alone', () => {
    const { tracker, backend, report } = setUp();
    report(first, 7, 3);
    report(second, 0, 4);
    tracker.silence(url);
    expect(backend.isSilent).toBe(true);
    expect(report(first, 8, 5)).toEqual([true, 5]);
    expect(backend.isSilent).toBe(false);
    expect(report(second, 1, 6)).toEqual([false, 5]);
    expect(report(first, 9, 0)).toEqual([true, 0]);
  });

  it('ignores a worker that is not its backend', () => {
    const { tracker, backend } = setUp();
    expect(
      tracker.accept({ url: 'http://127.0.0.1:9999', instance: first, sequence: 1, active_tasks: 5 }),
    ).toBe(false);
    expect(backend.backgroundLoad).toBe(0);
  });
});
