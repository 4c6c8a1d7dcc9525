/** Memory for messages is taken this many bytes at a time: it lasts for some 40 small ones. */
const SLAB_BYTES = 32_768;

/**
 * Puts messages together, one after another, from text and from pieces of what was read. What it gives away is not
 * written to again, so it can be kept for as long as it takes to send it. One serves a whole thread.
 */
export class MessageBuilder {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** Where the message begins that is being built, and where it ends so far. */
  #start = 0;
  #end = 0;

  /** Begins a message; what was built and not taken is forgotten. */
  begin(): void {
    this.#end = this.#start;
  }

  /** Appends text of one byte per character. */
  text(text: string): void {
    this.#makeRoom(text.length);
    this.#end += this.#slab.write(text, this.#end, 'latin1');
  }

  /** Appends `bytes[start..end)`. */
  copy(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#end += (bytes as Buffer).copy(this.#slab, this.#end, start, end);
  }

  /** The message; the next one begins behind it. */
  take(): Buffer {
    const message = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return message;
  }

  #makeRoom(bytes: number): void {
    if (this.#slab.length - this.#end >= bytes) return;
    const begun = this.take();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (begun.length + bytes)));
    this.#start = 0;
    this.#end = begun.copy(this.#slab);
  }
}
