import type { Backend } from '@balanza/balancing';
import type { Account } from './accounting/account.js';
import { Ledger } from './accounting/ledger.js';
import type { Totals } from './accounting/tally.js';
import type { Exchange } from './connection/exchange.js';
import type { BackendHealth } from './resilience/backend-health.js';
import type { BackendMode } from './resilience/plan.js';

/** Where a backend's numbers are kept. */
export interface BackendRecords {
  readonly slot: number;
  readonly account: Account;
  readonly health: BackendHealth;
}

/** One backend of a balancer, with what is going on with it. */
export class ProxiedBackend implements Backend {
  readonly url: string;
  /** Changed by a plan alone. */
  weight: number;
  /** Changed by a plan alone. */
  mode: BackendMode;
  /** As of the last request that a strategy was asked for; relative to the others, so that nobody is held back where all come back. */
  share = 1;
  readonly slot: number;
  /** Names it in a response, with the end of the line. */
  readonly servedByLine: string;
  readonly health: BackendHealth;
  /** When it last answered anything to this thread, by `performance.now()`. */
  answeredAt = 0;
  readonly #account: Account;

  /** @param records where it is counted; of its own unless given */
  constructor(
    {
      url,
      weight,
      mode = 'ready',
    }: { readonly url: string; readonly weight: number; readonly mode?: BackendMode },
    records: BackendRecords = alone(),
  ) {
    this.url = url;
    this.servedByLine = `X-Served-By: ${url.slice(url.indexOf('//') + 2)}\r\n`;
    this.weight = weight;
    this.mode = mode;
    this.slot = records.slot;
    this.health = records.health;
    this.#account = records.account;
  }

  /** Requests handed to it and not yet over. */
  get inFlight(): number {
    return this.#account.inFlight;
  }

  /** Requests handed to it that are over; read at a moment when others count, so it may be wrong by some. */
  get ended(): number {
    return this.#account.ended;
  }

  /** Work it still has that no open request stands for, such as tasks it accepted; set from its own reports. */
  get backgroundLoad(): number {
    return this.#account.backgroundLoad;
  }

  set backgroundLoad(load: number) {
    this.#account.backgroundLoad = load;
  }

  /** Whether it reported before and does so no more: what else it has is unknown, and it is asked after all others. */
  get isSilent(): boolean {
    return this.#account.isSilent;
  }

  /** It is {@link isSilent} until its load is set again. */
  silence(): void {
    this.#account.silence();
  }

  get activeConnections(): number {
    return this.inFlight + this.backgroundLoad;
  }

  /** What has been counted since the start. */
  totals(): Totals {
    return this.#account.totals();
  }

  /** Counts one request as in flight until {@link leave}. */
  enter(): void {
    this.#account.enter();
  }

  /** A request is no longer this backend's, and may become another's. */
  leave(): void {
    this.#account.leave();
  }

  /** It gave a request no whole answer, one that says it is broken, or one that was not passed on. */
  addError(): void {
    this.#account.tally.addError();
  }

  /** A request that another backend could not serve was sent here. */
  addRetry(): void {
    this.#account.tally.addRetry();
  }

  /** A request that it served is over at `now`; what became of it is counted. */
  add(record: RequestRecord & Pick<Exchange, 'readyAt'>, now: number): void {
    const { tally } = this.#account;
    const { startedAt, readyAt, connectedAt, headAt } = record;
    tally.addAnswer(record.status, record.bytesReceived, record.bytesSent);
    if (connectedAt > 0) tally.addDuration('connect', connectedAt - readyAt);
    if (headAt > 0) tally.addDuration('head', headAt - connectedAt);
    tally.addDuration('total', now - startedAt);
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

function alone(): BackendRecords {
  const ledger = new Ledger({ capacity: 1, threads: 1 });
  return { slot: 0, account: ledger.account(0, 0), health: ledger.health(0) };
}
