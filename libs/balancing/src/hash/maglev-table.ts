import type { Backend } from '../strategy.js';
import { authorityOf } from './authority.js';
import { xxh64 } from './xxhash.js';

/** The order in which a backend wants the slots of a table: from `offset` on in steps of `skip`. */
export interface Preference {
  readonly offset: number;
  readonly skip: number;
  readonly weight: number;
}

/** What the backend at this URL wants of a table of `size` slots, as in Envoy. */
export function preferenceOf({ url, weight }: Backend, size: number): Preference {
  const authority = authorityOf(url);
  return {
    offset: Number(xxh64(authority) % BigInt(size)),
    skip: Number(xxh64(authority, 1n) % BigInt(size - 1)) + 1,
    weight,
  };
}

/**
 * Whose each slot is: the backends take turns in taking the slot they want most of those that are free. With weights,
 * the heaviest has a turn in every round and the others in proportion, as in Envoy.
 *
 * @param size prime, so that every preference meets every slot
 * @returns places in `preferences`
 * @see Eisenbud et al.: Maglev: A fast and reliable software network load balancer, 2016, section 3.4
 * @see https://github.com/envoyproxy/envoy/blob/main/source/extensions/load_balancing_policies/maglev/maglev_lb.cc
 */
export function fillTable(preferences: readonly Preference[], size: number): Int32Array {
  const table = new Int32Array(size).fill(-1);
  const heaviest = preferences.reduce((most, { weight }) => Math.max(most, weight), 0);
  const turns = preferences.map(({ offset, skip, weight }) => ({ slot: offset, skip, weight, due: 0 }));
  let filled = 0;
  for (let round = 1; filled < size && turns.length > 0; round++) {
    for (const [place, turn] of turns.entries()) {
      if (filled === size) break;
      if (round * turn.weight < turn.due) continue;
      turn.due += heaviest;
      while (table[turn.slot] !== -1) turn.slot = (turn.slot + turn.skip) % size;
      table[turn.slot] = place;
      filled++;
    }
  }
  return table;
}
