import { eventually } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';

/** Waits until `value` has become more than nothing and no longer changes. */
export function standstill(value: () => number): Promise<void> {
  return eventually(async () => {
    const before = value();
    await setTimeout(150);
    expect(before).toBeGreaterThan(0);
    expect(value()).toBe(before);
  });
}
