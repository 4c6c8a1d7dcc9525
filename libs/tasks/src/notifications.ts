import { connectionSettings, type DatabasePool } from '@balanza/postgres';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { persist } from './persist.js';

const CHANNEL = 'balanza_tasks';
const CONNECT_TIMEOUT_MS = 5_000;
/** Before a connection that has ended is made again, in milliseconds: some ends come as soon as it is made. */
const RECONNECT_AFTER_MS = 200;

/** What is called for messages and connections. */
export interface NotificationHandlers {
  readonly onMessage: (message: string) => void;
  /** It listens, for the first time or again. */
  readonly onConnected: () => void;
}

/** PostgreSQL's LISTEN and NOTIFY: a connection that listens, and is made again whenever it breaks. */
export class Notifications {
  readonly #url: string;
  readonly #handlers: NotificationHandlers;
  readonly #stop = new AbortController();
  #client: pg.Client | undefined;
  #loop: Promise<void> | undefined;

  constructor(url: string, handlers: NotificationHandlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  /** Idempotent. */
  start(): void {
    this.#loop ??= this.#listen(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#client?.end().catch(() => undefined);
    await this.#loop;
  }

  /** Sends messages to the processes that listen now; while the database is away, they are lost. */
  async send(pool: DatabasePool, messages: readonly string[]): Promise<void> {
    await pool
      .query(
        'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message',
        [CHANNEL, messages],
        'notify',
      )
      .catch(() => undefined);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const options = { signal, onFailure: () => undefined };
    while (!signal.aborted) {
      const ended = await persist(() => this.#connect(), options).catch(() => undefined);
      if (ended === undefined) return;
      this.#handlers.onConnected();
      await ended.promise;
      await setTimeout(RECONNECT_AFTER_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns what resolves when the connection has ended */
  async #connect(): Promise<{ readonly promise: Promise<void> }> {
    const client = new pg.Client({
      ...connectionSettings(this.#url),
      application_name: 'balanza-events',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    // 'end' follows; without a listener the error would be fatal.
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => this.#handlers.onMessage(payload));
    const promise = new Promise<void>((resolve) => client.once('end', resolve));
    await client.connect();
    try {
      await client.query(`LISTEN ${CHANNEL}`);
      if (this.#stop.signal.aborted) throw new Error('stopped');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    return { promise };
  }
}
