const FIRST_BYTES = 64;

/** Bytes that are put together one by one, in no more memory than twice what they take. */
export class ByteList {
  #bytes = Buffer.alloc(0);
  length = 0;

  push(byte: number): void {
    if (this.length === this.#bytes.length) {
      const more = Buffer.alloc(Math.max(FIRST_BYTES, 2 * this.length));
      this.#bytes.copy(more);
      this.#bytes = more;
    }
    this.#bytes[this.length++] = byte;
  }

  /** Takes back what was put in behind `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Takes the first `length` bytes out. @returns them as text, one character per byte */
  shift(length: number): string {
    const text = this.text(0, length);
    this.#bytes.copyWithin(0, length, this.length);
    this.length -= length;
    return text;
  }

  /** `list[start..end)` as text, one character per byte. */
  text(start = 0, end = this.length): string {
    return this.#bytes.toString('latin1', start, end);
  }
}
