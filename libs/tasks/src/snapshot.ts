/** The number of a transaction: `pg_current_xact_id()`. */
export type Transaction = number;

/** What one statement saw of the database: `pg_current_snapshot()`. */
export class Snapshot {
  readonly #xmin: Transaction;
  readonly #xmax: Transaction;
  readonly #inProgress: ReadonlySet<Transaction>;

  /** @param text `xmin:xmax:xip,xip,…` (PostgreSQL, section 9.27.8) */
  constructor(text: string) {
    const [xmin, xmax, inProgress = ''] = text.split(':');
    this.#xmin = Number(xmin);
    this.#xmax = Number(xmax);
    this.#inProgress = new Set(inProgress.split(',').map(Number));
  }

  /** Whether the statement saw what this transaction did, given that it has been committed by now. */
  sees(transaction: Transaction): boolean {
    if (transaction < this.#xmin) return true;
    return transaction < this.#xmax && !this.#inProgress.has(transaction);
  }
}
