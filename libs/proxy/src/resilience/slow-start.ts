import type { SlowStartPolicy } from './policy.js';

/**
 * The share of its requests that a backend gets some time after it came back; 1 for all of them.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start
 */
export function slowStartFactor(
  elapsedMs: number,
  { windowMs, aggression, minWeight }: SlowStartPolicy,
): number {
  if (elapsedMs >= windowMs) return 1;
  const time = Math.max(elapsedMs, 0) / windowMs;
  return Math.max(minWeight, time ** (1 / aggression));
}
