import { MAX_BACKENDS } from '@balanza/topology';
import type { ReachableBackend } from './planned-backends.js';
import type { SlotAssignment, SlotTable } from './slot-table.js';

/**
 * Slots of one balancer: twice as many as it may have backends, as those that have left keep theirs until what they have in
 * flight is over.
 */
export const SLOTS = 2 * MAX_BACKENDS;

/** Who of the backends that were found can be given requests now. */
export interface Placement {
  readonly placed: readonly (ReachableBackend & { readonly slot: number })[];
  /** Those that wait for a slot: somebody who left still has one. */
  readonly waiting: readonly ReachableBackend[];
  /** Those beyond {@link MAX_BACKENDS}. */
  readonly leftOut: readonly ReachableBackend[];
  readonly assignment: SlotAssignment;
}

/** Finds a place for each of `found`, as far as there is one. */
export function placementOf(found: readonly ReachableBackend[], slots: SlotTable): Placement {
  // Who was named goes before one of the many addresses of a name.
  const resolved = found.filter(({ name }) => name !== undefined);
  const room = Math.max(MAX_BACKENDS - (found.length - resolved.length), 0);
  const leftOut = resolved.slice(room);
  const wanted = found.filter((backend) => !leftOut.includes(backend));
  const assignment = slots.assign(wanted.map(({ url }) => url));
  const slotOf = ({ url }: ReachableBackend) =>
    assignment.used.has(url) ? assignment.slots.get(url) : undefined;
  return {
    placed: wanted.flatMap((backend) => {
      const slot = slotOf(backend);
      return slot === undefined ? [] : [{ ...backend, slot }];
    }),
    waiting: wanted.filter((backend) => slotOf(backend) === undefined),
    leftOut,
    assignment,
  };
}
