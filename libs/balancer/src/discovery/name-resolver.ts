import { AsyncLocalStorage } from 'node:async_hooks';
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** All addresses of a name, IPv4 and IPv6; rejects when there is no answer. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** How a {@link NameResolver} resolves, and who hears of it. */
export interface NameResolverOptions {
  /** The addresses of a name are others than before. */
  readonly onChange: () => void;
  /** A name could not be resolved; what was known of it stays. */
  readonly onFailure: (name: string, error: Error) => void;
  /** Without it, as the system resolves names: with its hosts file and search domains. */
  readonly lookup?: Lookup;
  /** Whoever waits for the first answer to a name waits at most this long, in ms; 3 s unless given. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 3_000;

/** Keeps the addresses of names up to date, so that what runs behind a name may come and go. */
export class NameResolver {
  readonly #options: Required<NameResolverOptions>;
  readonly #addresses = new Map<string, readonly string[]>();
  #names: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  /** A change may come by a request; what is asked again and again from then on has nothing to do with that one. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #running: Promise<void> | undefined;

  constructor(options: NameResolverOptions) {
    this.#options = { lookup: systemLookup, patienceMs: PATIENCE_MS, ...options };
  }

  /** The addresses last heard of, in an order that stays; none for a name that was never resolved. */
  addressesOf(name: string): readonly string[] {
    return this.#addresses.get(name) ?? [];
  }

  /**
   * These names are of interest now, and no others. Resolves when the new ones among them are known, or not in time; what comes
   * too late is told as a change.
   */
  async watch(names: readonly string[]): Promise<void> {
    this.#names = new Set(names);
    for (const known of this.#addresses.keys()) if (!this.#names.has(known)) this.#addresses.delete(known);
    const unknown = [...this.#names].filter((name) => !this.#addresses.has(name));
    if (unknown.length === 0) return;
    const { onChange, patienceMs } = this.#options;
    const patience = new AbortController();
    const all = unknown.map(async (name) => {
      if ((await this.#resolve(name)) && patience.signal.aborted) onChange();
    });
    const { signal } = patience;
    await Promise.race([Promise.all(all), delay(patienceMs, undefined, { signal, ref: false })]);
    patience.abort();
  }

  /** Asks again every so many seconds from now on; with 0, not at all. */
  start(interval: number): void {
    this.stop();
    if (interval > 0)
      this.#timer = this.#outside(setInterval, () => void this.refresh(), interval * 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Asks for every name once; several calls at a time are one. */
  refresh(): Promise<void> {
    this.#running ??= this.#refresh().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #refresh(): Promise<void> {
    const changed = await Promise.all([...this.#names].map((name) => this.#resolve(name)));
    if (changed.includes(true)) this.#options.onChange();
  }

  /** @returns whether the addresses are others now */
  async #resolve(name: string): Promise<boolean> {
    const { lookup: ask, onFailure } = this.#options;
    try {
      const addresses = [...new Set(await ask(name))].toSorted();
      const before = this.#addresses.get(name);
      if (addresses.length === 0) throw new Error(`${name} has no address`);
      if (!this.#names.has(name) || String(before) === String(addresses)) return false;
      this.#addresses.set(name, addresses);
      return true;
    } catch (error) {
      onFailure(name, error as Error);
      return false;
    }
  }
}

async function systemLookup(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
