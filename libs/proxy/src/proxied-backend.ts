import type { Backend } from '@balanza/balancing';
import { Ledger, type Account, type LedgerShape } from './accounting/ledger.js';
import type { Totals } from './accounting/tally.js';

const ALONE: LedgerShape = { backends: 1, threads: 1, cells: { strategy: [], load: [] } };

/** One backend of a balancer, with what is going on with it. All accounting is done here, by leases. */
export class ProxiedBackend implements Backend {
  readonly url: string;
  readonly weight: number;
  readonly #account: Account;

  /** @param account where it is counted; of its own unless given */
  constructor({ url, weight }: { readonly url: string; readonly weight: number }, account?: Account) {
    this.url = url;
    this.weight = weight;
    this.#account = account ?? new Ledger(ALONE).account(0, 0);
  }

  /** Requests handed to it and not yet over. */
  get inFlight(): number {
    return this.#account.inFlight;
  }

  /** Work it still has that no open request stands for, such as tasks it accepted; set from its own reports. */
  get backgroundLoad(): number {
    return this.#account.backgroundLoad;
  }

  set backgroundLoad(load: number) {
    this.#account.backgroundLoad = load;
  }

  get activeConnections(): number {
    return this.inFlight + this.backgroundLoad;
  }

  /** What has been counted since the start. */
  totals(): Totals {
    return this.#account.totals();
  }

  /** Counts one request as in flight until the lease is released. */
  lease(): Lease {
    return new Lease(this.#account);
  }
}

/** One request's place at a backend. */
export class Lease {
  readonly #account: Account;
  #held = true;

  constructor(account: Account) {
    this.#account = account;
    account.enter();
  }

  /** The backend gave no whole answer. */
  fail(): void {
    this.#account.tally.addError();
  }

  /** The request is over; what became of it is counted. Doing it twice counts once. */
  end(record: RequestRecord): void {
    if (!this.#held) return;
    this.release();
    const { tally } = this.#account;
    const { startedAt, connectedAt, headAt } = record;
    tally.addAnswer(record.status, record.bytesReceived, record.bytesSent);
    if (connectedAt > 0) tally.addDuration('connect', connectedAt - startedAt);
    if (headAt > 0) tally.addDuration('head', headAt - connectedAt);
    tally.addDuration('total', performance.now() - startedAt);
  }

  /** The request is no longer this backend's, and may become another's. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#account.leave();
  }
}

/** What is counted of a request; times in ms of `performance.now()`, 0 for what did not happen. */
export interface RequestRecord {
  readonly status: number;
  readonly startedAt: number;
  readonly connectedAt: number;
  readonly headAt: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}
