import { clientGroup } from './client-group.js';

/** How much one client's address may have at a time, in each thread; 0 for any number. */
export interface ClientLimits {
  /** Connections of an address, unless it is a trusted proxy's. More get 429, and are closed. */
  readonly connections: number;
  /** Requests of an address, which is the one that trusted proxies name. More get 429. */
  readonly requests: number;
}

/** What is used where nothing else is said: behind one address may be a whole company, or all of a test. */
export const DEFAULT_CLIENT_LIMITS: ClientLimits = { connections: 0, requests: 0 };

/** Counts what each client has. An address that has nothing takes no memory. */
export class ClientCounts {
  readonly #counts = new Map<string, number>();
  readonly limit: number;

  /** @param limit what one may have; 0 for any number, which is then not counted */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether anything is counted. */
  get isOn(): boolean {
    return this.limit > 0;
  }

  /** Counts one more until {@link leave}. @returns whether it may be had */
  enter(address: string): boolean {
    const group = clientGroup(address);
    const count = (this.#counts.get(group) ?? 0) + 1;
    this.#counts.set(group, count);
    return count <= this.limit;
  }

  leave(address: string): void {
    const group = clientGroup(address);
    const count = this.#counts.get(group) ?? 0;
    if (count > 1) this.#counts.set(group, count - 1);
    else this.#counts.delete(group);
  }

  /** Addresses that have anything. */
  get size(): number {
    return this.#counts.size;
  }
}
