/**
 * `first`, and then what `others` yields. Nearly every request goes to the first candidate, and V8 interprets generators
 * rather than compile them; so the first is found by a plain call, and a generator is made only for who wants more.
 *
 * @param first called when the first is asked for; undefined ends the order
 */
export function firstThen<B>(
  first: () => B | undefined,
  others: (first: B) => Iterator<B, unknown>,
): IterableIterator<B, undefined> {
  return new FirstThen(first, others);
}

class FirstThen<B> implements IterableIterator<B, undefined> {
  readonly #first: () => B | undefined;
  readonly #others: (first: B) => Iterator<B, unknown>;
  #given: B | undefined;
  #rest: Iterator<B, unknown> | undefined;

  constructor(first: () => B | undefined, others: (first: B) => Iterator<B, unknown>) {
    this.#first = first;
    this.#others = others;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<B, undefined> {
    if (this.#given === undefined) {
      const value = this.#first();
      this.#given = value;
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    }
    this.#rest ??= this.#others(this.#given);
    const result = this.#rest.next();
    return result.done === true ? { done: true, value: undefined } : result;
  }
}
