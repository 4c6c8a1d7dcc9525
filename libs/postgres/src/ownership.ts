import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import { embeddedDatabaseUrl } from './url.js';

/** Any number, so long as nobody else locks the same one in this database. */
const LOCK = 5_010_000;
/** How long the server may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;
/** How often {@link Ownership.whenQuiet} looks. */
const POLL_MS = 20;

/**
 * The right to stop and restart one embedded server, held by at most one process. It is a lock within the server,
 * bound to a connection: it ends with its process, however that ends, and the end of the connection tells the owner
 * that the server has died.
 */
export class Ownership {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /**
   * @param onLost called once when the connection ends other than by {@link release}
   * @returns undefined when another process is the owner
   * @throws what `pg` throws when the server does not take the connection
   */
  static async take(port: number, onLost: () => void): Promise<Ownership | undefined> {
    const client = new pg.Client({
      ...connectionSettings(embeddedDatabaseUrl(port)),
      application_name: 'balanza-owner',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    // 'end' follows; without a listener the error would be fatal.
    client.on('error', () => undefined);
    await client.connect();
    let taken = false;
    try {
      taken = await tryLock(client);
    } finally {
      // Not awaited: a server that goes down need not answer.
      if (!taken) client.end().catch(() => undefined);
    }
    if (!taken) return undefined;
    client.once('end', onLost);
    return new Ownership(client);
  }

  /**
   * Waits until no other session is in a transaction. Sessions that do nothing are not waited for: pools keep theirs
   * open for as long as they may.
   *
   * @param timeoutMs after which it waits no longer
   */
  async whenQuiet(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline && (await isBusy(this.#client))) await setTimeout(POLL_MS);
  }

  /** Gives the right up. */
  async release(): Promise<void> {
    this.#client.removeAllListeners('end');
    await this.#client.end();
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
  return rows[0]?.taken === true;
}

/** PostgreSQL tells a role of its own sessions, and every client of the embedded server has the one role there is. */
async function isBusy(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'",
  );
  return (rowCount ?? 0) > 0;
}
