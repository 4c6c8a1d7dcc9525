/**
 * Of the first two in `order` the one with less load, ties to the first; then of the other and the third the one with
 * less, and so on, each once.
 */
export function* betterOfTwo<B>(
  order: Iterable<B>,
  load: (backend: B) => number,
): Generator<B, void, undefined> {
  let held: B | undefined;
  for (const drawn of order) {
    if (held === undefined) held = drawn;
    else if (load(drawn) < load(held)) yield drawn;
    else {
      const better = held;
      held = drawn;
      yield better;
    }
  }
  if (held !== undefined) yield held;
}
