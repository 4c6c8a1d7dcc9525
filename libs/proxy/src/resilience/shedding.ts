import type { SheddingPolicy } from './policy.js';

/**
 * The probability with which a request is refused, by how many of those before it succeeded. 0 while as many do as the
 * threshold asks for.
 *
 * @param requests that were let through in the window
 * @param succeeded of them
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/admission_control_filter
 */
export function sheddingProbability(requests: number, succeeded: number, policy: SheddingPolicy): number {
  const { threshold, aggression, windowMs, minimumPerSecond, maxProbability } = policy;
  if (requests < (minimumPerSecond * windowMs) / 1_000) return 0;
  const excess = (requests - succeeded / threshold) / (requests + 1);
  return Math.min(Math.max(excess, 0) ** (1 / aggression), maxProbability);
}
