import { TtlCache, type Found } from '../ttl-cache.js';

const MAX_ENTRIES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** A year: age alone is no reason to answer nothing instead. */
const KEPT_FOR_SECONDS = 31_536_000;

/** The last value seen under each key, within bounds, for when nothing better can be had. */
export class LastKnown {
  readonly #values = new TtlCache({ maxEntries: MAX_ENTRIES, maxBytes: MAX_BYTES });

  get(key: string): Found | undefined {
    return this.#values.get(key);
  }

  /** Remembers `value`, unless it is too big or has no JSON form; then what was known before is forgotten too. */
  set(key: string, value: unknown): void {
    try {
      this.#values.set(key, value, KEPT_FOR_SECONDS);
    } catch {
      this.#values.delete(key);
    }
  }
}
