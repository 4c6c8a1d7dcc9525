import { BackendPool, type BackendPoolOptions } from '../resilience/backend-pool.js';
import type { Choice } from '../resilience/choice.js';
import type { BalancingPlan } from '../resilience/plan.js';
import { simplePlan, type SimplePlan } from '../resilience/simple-plan.js';

/** When a test begins. */
export const NOW = 1_000_000;

/** A pool of backends that are called by one letter each. */
export function poolOf(names: string, more: Partial<SimplePlan> = {}, options: BackendPoolOptions = {}) {
  const plan = simplePlan({ backends: names.split('').map((url) => ({ url })), ...more });
  const clock = { now: NOW };
  const pool = new BackendPool(plan, { now: () => clock.now, random: () => 0.5, ...options });
  // All have been seen up.
  for (const { health } of pool.backends) health.onAccepted(NOW, pool.policy.slowStart);
  const backend = (name: string) => {
    const found = pool.backends.find(({ url }) => url === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const change = (changes: Partial<BalancingPlan>) =>
    pool.apply({ ...plan, version: pool.version + 1, ...changes });
  return { pool, plan, clock, backend, change };
}

/** A request that nobody was asked for yet. */
export function choice(more: Partial<Choice> = {}): Choice {
  return { candidates: undefined, version: 0, key: undefined, sticky: undefined, tried: undefined, ...more };
}

/** Who gets the next requests, which stay in flight. */
export function picks(pool: BackendPool, count: number): string {
  return Array.from({ length: count }, () => nameOf(pool.pick(choice()))).join('');
}

/** Who is picked, or why nobody is. */
export const nameOf = (picked: ReturnType<BackendPool['pick']>) =>
  typeof picked === 'string' ? `(${picked})` : picked.url;

/** What a plan says of backends that are called by one letter each. */
export const slotsOf = (names: string, mode: 'ready' | 'drain' | 'maintenance' = 'ready', weight = 1) =>
  names.split('').map((url, slot) => ({ url, slot, weight, mode }));
