import { parseHashKey } from '@balanza/balancing';
import type { BalancingPlan } from './plan.js';

/**
 * Refuses a plan that cannot be followed.
 *
 * @param capacity how many slots there are
 * @throws RangeError that says what is wrong
 */
export function checkPlan({ strategy, backends }: BalancingPlan, capacity: number): void {
  if (strategy.hashKey !== undefined) parseHashKey(strategy.hashKey);
  const slots = new Set<number>();
  const urls = new Set<string>();
  for (const { url, slot, weight } of backends) {
    if (!Number.isInteger(slot) || slot < 0 || slot >= capacity)
      throw new RangeError(`${url} has slot ${slot}, of ${capacity}`);
    if (slots.has(slot)) throw new RangeError(`${url} has slot ${slot}, which another backend has`);
    if (urls.has(url)) throw new RangeError(`${url} is there twice`);
    if (!Number.isInteger(weight) || weight < 1) throw new RangeError(`${url} has weight ${weight}`);
    slots.add(slot);
    urls.add(url);
  }
}
