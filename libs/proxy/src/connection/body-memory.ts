/** How much of bodies one thread holds for one purpose. */
export class BodyMemory {
  #used = 0;

  get used(): number {
    return this.#used;
  }

  /** @returns false when that would be more than `limit` */
  take(bytes: number, limit: number): boolean {
    if (this.#used + bytes > limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
