import { LRUCache } from 'lru-cache';
import { EntryTooLargeError } from './errors.js';

/** The most entries that a cache holds unless told otherwise. */
export const DEFAULT_MAX_ENTRIES = 10_000;
/** The most bytes, keys and JSON together, that a cache holds unless told otherwise: 64 MiB. */
export const DEFAULT_MAX_BYTES = 67_108_864;
/** Seconds that an expired entry is kept for stale reads unless told otherwise. */
export const DEFAULT_STALE_FOR_SECONDS = 3_600;

/** Bounds and clock of a {@link TtlCache}; what is left out has a default, so it is never unbounded. */
export interface TtlCacheOptions {
  readonly maxEntries?: number | undefined;
  /** Bound on the bytes of all keys and values, values counted as JSON in UTF-8. */
  readonly maxBytes?: number | undefined;
  /** Seconds that an expired entry stays readable by {@link TtlCache.getStale}. */
  readonly staleFor?: number | undefined;
  /** Milliseconds of a clock that never goes back and never reads 0; `performance.now` unless given. */
  readonly now?: (() => number) | undefined;
}

/** A value that was found. Wrapped, so that `null` and `undefined` cannot be taken for "not found". */
export interface Found {
  readonly value: unknown;
}

/** Whether an entry can be read as live, and for how much longer. */
export interface EntryStatus {
  readonly key: string;
  readonly valid: boolean;
  /** Seconds, 0 once expired. */
  readonly remainingSeconds: number;
}

/** What a cache has done since it was made. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  /** Entries that had to go to make room. */
  readonly evictions: number;
}

interface Entry {
  readonly json: string;
  readonly expiresAt: number;
}

/**
 * A bounded cache of JSON values with a time to live. The least recently used entry makes room for a new one.
 *
 * Values are kept as JSON text: the budget is then close to the memory really used, and no caller can change a
 * value that another one reads. An expired entry is a miss, but stays for `staleFor` seconds (or until room is
 * needed), for whoever prefers an old value to none.
 */
export class TtlCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #maxBytes: number;
  readonly #staleForMs: number;
  readonly #now: () => number;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor({
    maxEntries = DEFAULT_MAX_ENTRIES,
    maxBytes = DEFAULT_MAX_BYTES,
    staleFor = DEFAULT_STALE_FOR_SECONDS,
    now = () => performance.now(),
  }: TtlCacheOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#staleForMs = staleFor * 1000;
    this.#now = now;
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      perf: { now },
      // Otherwise lru-cache remembers the time for 1 ms, on a real timer.
      ttlResolution: 0,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.#evictions++;
      },
    });
  }

  /**
   * Stores `value` under `key`, in place of what was there.
   *
   * @param ttl seconds to live, more than 0; fractions are fine
   * @throws EntryTooLargeError when it is bigger than the whole cache may be
   * @throws RangeError when `ttl` is not a positive, finite number
   * @throws TypeError when `value` has no JSON form
   */
  set(key: string, value: unknown, ttl: number): void {
    if (!(ttl > 0 && Number.isFinite(ttl))) throw new RangeError(`ttl must be greater than 0, not ${ttl}`);
    // Typed as a string, but undefined for what JSON cannot say.
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined) throw new TypeError('value has no JSON form');
    const size = Buffer.byteLength(key) + Buffer.byteLength(json);
    if (size > this.#maxBytes) throw new EntryTooLargeError(size, this.#maxBytes);
    const expiresAt = this.#now() + ttl * 1000;
    this.#entries.set(key, { json, expiresAt }, { size, ttl: ttl * 1000 + this.#staleForMs });
  }

  /** The value, if it has not expired. Counts a hit or a miss. */
  get(key: string): Found | undefined {
    // Looks before it touches: reading an expired entry must not make it outlive live ones.
    const entry = this.#entries.peek(key);
    if (entry === undefined || !this.#isLive(entry)) {
      this.#misses++;
      return undefined;
    }
    this.#entries.get(key);
    this.#hits++;
    return parse(entry);
  }

  /** The value, expired or not, as long as it is held. Does not count. */
  getStale(key: string): Found | undefined {
    const entry = this.#entries.peek(key);
    return entry === undefined ? undefined : parse(entry);
  }

  /** Forgets the entry. @returns whether there was one */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Every entry that is held, expired ones included, the most recently used first. */
  *status(): Generator<EntryStatus> {
    this.#entries.purgeStale();
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#entries.entries()) {
      const remainingSeconds = Math.max(0, Math.round(expiresAt - now) / 1000);
      yield { key, valid: expiresAt > now, remainingSeconds };
    }
  }

  get counts(): CacheCounts {
    return { hits: this.#hits, misses: this.#misses, evictions: this.#evictions };
  }

  /** Entries held, expired ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes held, keys and JSON together. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  #isLive({ expiresAt }: Entry): boolean {
    return expiresAt > this.#now();
  }
}

function parse({ json }: Entry): Found {
  return { value: JSON.parse(json) as unknown };
}
