import { randomUUID } from 'node:crypto';

const MAX_COUNTER = 0xfff;

let latest = 0;
let counter = 0;

/**
 * A new id, greater than every one before it in this process, so that the order of ids is the order in which tasks came,
 * and rows that are made together lie together in the index. Node's own version 7 is in no order within a millisecond.
 *
 * @param now in milliseconds since 1970; the clock of the database, since the ids of several workers are put in order
 *
 * Source: RFC 9562, section 5.7, with the counter of section 6.2, method 1, in `rand_a`.
 */
export function newTaskId(now: number): string {
  if (now > latest) {
    latest = now;
    counter = 0;
  } else if (++counter > MAX_COUNTER) {
    latest++;
    counter = 0;
  }
  const time = latest.toString(16).padStart(12, '0');
  const sequence = counter.toString(16).padStart(3, '0');
  // Version 4 has the same variant and random bits in its second half.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}${randomUUID().slice(18)}`;
}
