import { LentMemory, type Sender } from './lent-memory.js';
import { pieceOfSlab } from './slab.js';

/**
 * Puts messages together, one after another, from text and from pieces of what was read, always in the same memory: what
 * V8 has to free outside of its heap makes it collect garbage long before there is any.
 */
export class MessageBuilder {
  #memory: Buffer;
  #end = 0;
  #built: Buffer;
  readonly #lent: LentMemory;

  /** @param bytes what messages take as a rule; more is found where one takes more */
  constructor(bytes: number) {
    this.#memory = pieceOfSlab(bytes);
    this.#built = this.#memory;
    this.#lent = new LentMemory(bytes);
  }

  /** Begins a message, in the place of the one before. */
  begin(): void {
    this.#end = 0;
  }

  /** Appends text of one byte per character. */
  text(text: string): void {
    this.#makeRoom(text.length);
    this.#end += this.#memory.write(text, this.#end, 'latin1');
  }

  /** Appends `bytes[start..end)`. */
  copy(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#end += (bytes as Buffer).copy(this.#memory, this.#end, start, end);
  }

  /** The message as it is now; the next one overwrites it, unless {@link lend} comes before. */
  built(): Buffer {
    // Messages of one connection are often of one length.
    if (this.#built.length !== this.#end) this.#built = this.#memory.subarray(0, this.#end);
    return this.#built;
  }

  /** The message is still on its way out, through `to`: the next one is built elsewhere. */
  lend(to: Sender): void {
    this.#memory = this.#lent.lend(this.#memory, to);
    this.#built = this.#memory;
  }

  #makeRoom(bytes: number): void {
    if (this.#memory.length - this.#end >= bytes) return;
    const begun = this.built();
    this.#memory = Buffer.allocUnsafeSlow(2 * (begun.length + bytes));
    begun.copy(this.#memory);
    this.#built = this.#memory;
  }
}
