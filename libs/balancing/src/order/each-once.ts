/**
 * Every backend once, in the order in which the slots from `start` on, and round to before it, belong to them; at the
 * end those that own no slot.
 *
 * @param owners whose each slot is: places in `backends`
 */
export function* eachOnce<B extends object>(
  backends: readonly B[],
  owners: Int32Array,
  start: number,
): Generator<B, void, undefined> {
  const first = backends[owners[start % owners.length] ?? -1];
  if (first === undefined) return;
  yield first;
  const met = new Set([first]);
  for (let step = 1; met.size < backends.length && step < owners.length; step++) {
    const backend = backends[owners[(start + step) % owners.length] ?? -1];
    if (backend === undefined || met.has(backend)) continue;
    met.add(backend);
    yield backend;
  }
  for (const backend of backends) if (!met.has(backend)) yield backend;
}
