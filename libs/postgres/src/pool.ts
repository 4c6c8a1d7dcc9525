import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import { DatabaseUnavailableError, isConflict, isUnavailable, PoolBusyError } from './errors.js';

/** Which database, and the bounds on its use. */
export interface DatabasePoolOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** What the connections are called in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Most connections. */
  readonly size: number;
  /** Most statements that wait for a connection. */
  readonly queueLimit: number;
  /** Longest wait for a connection, in milliseconds. */
  readonly queueTimeoutMs: number;
  /** Longest a statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
  /**
   * How much longer than the server the client waits for a statement, for the server's own answer to arrive; then the connection
   * is taken for dead and replaced. In milliseconds, 1 s unless given.
   */
  readonly answerGraceMs?: number;
}

/** Of a {@link DatabasePool}: how many connections there may be, are, and are not in use, and how many statements wait for one. */
export interface PoolFigures {
  readonly limit: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Longest that a timer of Node waits, less the time for an answer: 24 days. */
const MAX_TIME_MS = 2 ** 31 - 1 - 60_000;
const ANSWER_GRACE_MS = 1_000;
/** How often a statement is sent that meets others in a deadlock, or cannot be put in an order with them. */
const MAX_TRIES = 3;
const IDLE_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** Connections to a PostgreSQL: a bounded number of them, with a bounded queue and bounded waits. */
export class DatabasePool {
  readonly #pool: pg.Pool;
  readonly #queueLimit: number;
  #closing: Promise<void> | undefined;

  /** @throws RangeError for a time that a timer cannot wait for */
  constructor(options: DatabasePoolOptions) {
    assertTimes(options);
    this.#queueLimit = options.queueLimit;
    this.#pool = new pg.Pool({
      ...connectionSettings(options.url),
      application_name: options.applicationName,
      // What was answered as stored is on disk, whatever the server's or the role's own setting.
      options: '-c synchronous_commit=on',
      max: options.size,
      connectionTimeoutMillis: options.queueTimeoutMs,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + (options.answerGraceMs ?? ANSWER_GRACE_MS),
      keepAlive: true,
    });
    // An idle connection that breaks is replaced when the next one is needed; without a listener it would be fatal.
    this.#pool.on('error', () => undefined);
  }

  /**
   * Runs one statement, which is a transaction of its own; so one that the server gave up because of what others do meanwhile
   * (deadlock, serialization failure) is tried again, three times in all.
   *
   * @param name under which each connection prepares it once; the same name always stands for the same text
   * @throws PoolBusyError, DatabaseUnavailableError, or the server's own error when the statement is at fault
   */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<pg.QueryResult<Row>> {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    const full = totalCount >= options.max && idleCount === 0;
    if (full && waitingCount >= this.#queueLimit) throw new PoolBusyError();
    const statement = { text, values: [...values], ...(name === undefined ? {} : { name }) };
    for (let tries = 1; ; tries++) {
      try {
        return await this.#send<Row>(statement);
      } catch (error) {
        if (tries < MAX_TRIES && isConflict(error)) continue;
        if (this.#closing !== undefined || isUnavailable(error)) throw new DatabaseUnavailableError(error);
        throw error;
      }
    }
  }

  async #send<Row extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>(statement);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect')) {
        throw new PoolBusyError({ cause: error });
      }
      throw error;
    }
  }

  /** What its connections do at the moment. */
  get figures(): PoolFigures {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { limit: options.max, open: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /** Resolves when the database answers. */
  async check(): Promise<void> {
    await this.query('SELECT 1');
  }

  /** Closes every connection once its statement has ended, and stops waiting for a server that does not answer. */
  close(): Promise<void> {
    this.#closing ??= Promise.race([this.#pool.end(), timeout(CLOSE_TIMEOUT_MS)]);
    return this.#closing;
  }
}

/** Node and PostgreSQL take a longer time for another one, or refuse it with the first statement. */
function assertTimes({ queueTimeoutMs, statementTimeoutMs, answerGraceMs = 0 }: DatabasePoolOptions): void {
  const times = { queueTimeoutMs, 'statementTimeoutMs + answerGraceMs': statementTimeoutMs + answerGraceMs };
  for (const [name, ms] of Object.entries(times)) {
    if (ms >= 1 && ms <= MAX_TIME_MS) continue;
    throw new RangeError(`${name} is ${ms}; it must be from 1 to ${MAX_TIME_MS} milliseconds`);
  }
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
