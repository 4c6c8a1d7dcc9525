import type { Backend } from '@balanza/balancing';

/** One backend of a balancer, with what is going on with it. All accounting is done here, by leases. */
export class ProxiedBackend implements Backend {
  readonly url: string;
  readonly weight: number;
  /** Requests that were handed to it since the start. */
  requests = 0;
  /** Requests that it did not answer in full: refused, broke off, or was too slow. */
  errors = 0;
  /** Work it still has that no open request stands for, such as tasks it accepted; set from its own reports. */
  backgroundLoad = 0;
  #inFlight = 0;

  constructor({ url, weight }: { readonly url: string; readonly weight: number }) {
    this.url = url;
    this.weight = weight;
  }

  /** Requests handed to it and not yet over. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get activeConnections(): number {
    return this.#inFlight + this.backgroundLoad;
  }

  /** Counts one request as in flight until the lease is released. */
  lease(): Lease {
    this.#inFlight++;
    this.requests++;
    return new Lease(() => this.#inFlight--);
  }
}

/** One request's place at a backend. Releasing it twice counts once. */
export class Lease {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
