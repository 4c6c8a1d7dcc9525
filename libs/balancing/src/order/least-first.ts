import type { Rotation } from './rotation.js';

/**
 * The backend with the least load, then the next. Of those with the same load the next in rotation goes first, or without a rotation
 * the first listed; the rotation goes on behind each that is yielded. The first costs one look at all of them, the second one sort,
 * and the others nothing: their order is that of when the second was asked for.
 */
export function* leastFirst<B>(
  backends: readonly B[],
  load: (backend: B, index: number) => number,
  rotation?: Rotation,
): Generator<B, void, undefined> {
  const start = rotation?.startIn(backends.length) ?? 0;
  const least = indexOfLeast(backends, load, start);
  const first = backends[least];
  if (first === undefined) return;
  rotation?.pass(least);
  yield first;
  const all = backends.map((backend, index) => ({ backend, index, load: load(backend, index) }));
  const others = [...all.slice(start), ...all.slice(0, start)].filter(({ index }) => index !== least);
  others.sort((a, b) => a.load - b.load);
  for (const { backend, index } of others) {
    rotation?.pass(index);
    yield backend;
  }
}

/** Ties go to the first from `start` on, round to before it. */
function indexOfLeast<B>(
  backends: readonly B[],
  load: (backend: B, index: number) => number,
  start: number,
): number {
  let least = -1;
  let lowest = Infinity;
  for (let step = 0; step < backends.length; step++) {
    const index = (start + step) % backends.length;
    const own = load(backends[index] as B, index);
    if (least === -1 || own < lowest) [least, lowest] = [index, own];
  }
  return least;
}
