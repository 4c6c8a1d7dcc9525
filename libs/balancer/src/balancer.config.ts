import { fields } from '@balanza/runtime';
import { balancerMode, strategyName, type BalancerTopology } from '@balanza/topology';
import { z } from 'zod';

/** Environment variables of a balancer; each replaces one value of the topology. */
export const balancerConfig = z.object({
  BALANCER_STRATEGY: strategyName.optional(),
  BALANCER_MODE: balancerMode.optional(),
  MAX_IN_FLIGHT: fields.integer({ min: 1, max: 1_000 }).default(1_000),
  CONNECT_TIMEOUT: fields.seconds({ min: 0.01, max: 60 }).default(1),
  BACKEND_HEAD_TIMEOUT: fields.seconds({ min: 0.01, max: 3600 }).default(60),
  BACKEND_IDLE_TIMEOUT: fields.seconds({ min: 0.01, max: 3600 }).default(60),
});
export type BalancerConfig = z.output<typeof balancerConfig>;

/** What the environment names goes before the topology. */
export function applyConfig(topology: BalancerTopology, config: BalancerConfig): BalancerTopology {
  return {
    ...topology,
    strategy: config.BALANCER_STRATEGY ?? topology.strategy,
    mode: config.BALANCER_MODE ?? topology.mode,
  };
}
