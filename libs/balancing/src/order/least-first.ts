/**
 * The backend with the least load, then the next; ties go to the first listed. The first costs one look at all of
 * them, the second one sort, and the others nothing: their order is that of when the second was asked for.
 */
export function* leastFirst<B>(
  backends: readonly B[],
  load: (backend: B, index: number) => number,
): Generator<B, void, undefined> {
  const least = indexOfLeast(backends, load);
  const first = backends[least];
  if (first === undefined) return;
  yield first;
  const others = backends.map((backend, index) => ({ backend, load: load(backend, index) }));
  others.splice(least, 1);
  others.sort((a, b) => a.load - b.load);
  for (const { backend } of others) yield backend;
}

function indexOfLeast<B>(backends: readonly B[], load: (backend: B, index: number) => number): number {
  let least = -1;
  let lowest = Infinity;
  backends.forEach((backend, index) => {
    const own = load(backend, index);
    if (least === -1 || own < lowest) [least, lowest] = [index, own];
  });
  return least;
}
