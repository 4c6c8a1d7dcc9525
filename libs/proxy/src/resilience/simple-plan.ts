import type { BalancingPlan } from './plan.js';
import { DEFAULT_POLICY, type ResiliencePolicy } from './policy.js';

/** A part of each group of settings; the others have their defaults. */
export type PolicyChanges = { readonly [Group in keyof ResiliencePolicy]?: Partial<ResiliencePolicy[Group]> };

/** As much of a plan as somebody has to say. */
export interface SimplePlan {
  readonly backends: readonly { readonly url: string; readonly weight?: number }[];
  /** Default `round-robin`. */
  readonly strategy?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly policy?: PolicyChanges;
}

/** A first plan, for backends that take part in it from the start: slots in the order of the list. */
export function simplePlan({
  backends,
  strategy = 'round-robin',
  settings = {},
  policy = {},
}: SimplePlan): BalancingPlan {
  return {
    version: 1,
    strategy: { name: strategy, settings },
    backends: backends.map(({ url, weight = 1 }, slot) => ({ url, weight, slot, mode: 'ready' })),
    policy: changedPolicy(DEFAULT_POLICY, policy),
  };
}

/** The same with other values where `changes` has them. */
export function changedPolicy(policy: ResiliencePolicy, changes: PolicyChanges): ResiliencePolicy {
  const groups = Object.entries(changes).map(([group, values]) => [
    group,
    { ...policy[group as keyof ResiliencePolicy], ...values },
  ]);
  return { ...policy, ...(Object.fromEntries(groups) as Partial<ResiliencePolicy>) };
}
