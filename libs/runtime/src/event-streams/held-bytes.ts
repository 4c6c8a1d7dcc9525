/** How many bytes event streams hold: each buffer counts once, however many streams share it. */
export class HeldBytes {
  readonly #references = new Map<Buffer, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  retain(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      const references = this.#references.get(buffer) ?? 0;
      if (references === 0) this.#total += buffer.length;
      this.#references.set(buffer, references + 1);
    }
  }

  release(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      const references = (this.#references.get(buffer) ?? 0) - 1;
      if (references > 0) this.#references.set(buffer, references);
      else if (this.#references.delete(buffer)) this.#total -= buffer.length;
    }
  }
}
