/** Whoever sends bytes that were handed to it. */
export interface Sender {
  /** Whether everything is on its way. */
  readonly flushed: boolean;
}

/** Memory that is being sent from. */
interface Loan {
  memory: Buffer;
  to: Sender;
}

/** Loans beyond so many are left to the garbage collector; they bound the memory that is kept. */
const MAX_LOANS = 64;

/**
 * Memory of one size that bytes are sent from: it is used again once they are on their way. What V8 has to free outside of
 * its heap makes it collect garbage long before there is any.
 */
export class LentMemory {
  readonly #bytes: number;
  readonly #loans: Loan[] = [];

  /** @param bytes the size of each piece of memory */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Leaves `memory` to `to` until that has sent everything. @returns memory to go on with */
  lend(memory: Buffer, to: Sender): Buffer {
    for (const loan of this.#loans) {
      if (!loan.to.flushed) continue;
      const returned = loan.memory;
      loan.memory = memory;
      loan.to = to;
      return returned;
    }
    if (this.#loans.length < MAX_LOANS) this.#loans.push({ memory, to });
    return Buffer.allocUnsafeSlow(this.#bytes);
  }
}
