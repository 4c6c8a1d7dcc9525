/** Whoever sends bytes that were handed to it. */
export interface Sender {
  /** Whether nothing is to be sent any more, be it that everything is on its way or that it cannot be. */
  readonly isIdle: boolean;
}

/** Memory that is being sent from. */
interface Loan {
  readonly memory: Buffer;
  readonly to: Sender;
}

/** Beyond so many at a time, memory is left to the garbage collector, the oldest first. */
const MAX_LOANS = 64;
const MAX_SPARE = 32;

/**
 * Memory of one size that bytes are sent from: it is used again once they are on their way, or cannot be sent. What V8 has
 * to free outside of its heap makes it collect garbage long before there is any.
 */
export class LentMemory {
  readonly #bytes: number;
  readonly #loans: Loan[] = [];
  readonly #spare: Buffer[] = [];

  /** @param bytes the size of each piece of memory */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Leaves `memory` to `to` until that has nothing more to send. @returns memory to go on with */
  lend(memory: Buffer, to: Sender): Buffer {
    this.#takeBack();
    if (this.#loans.length === MAX_LOANS) this.#loans.shift();
    this.#loans.push({ memory, to });
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** All of it at once, so that connections which are long gone are not held by what they were lent. */
  #takeBack(): void {
    const loans = this.#loans;
    let kept = 0;
    for (const loan of loans) {
      if (!loan.to.isIdle) loans[kept++] = loan;
      else if (this.#spare.length < MAX_SPARE) this.#spare.push(loan.memory);
    }
    loans.length = kept;
  }
}
