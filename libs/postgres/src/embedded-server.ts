import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateBinaries } from './binaries.js';
import { prepareCluster } from './cluster.js';
import { Daemon } from './daemon.js';
import { EmbeddedServerError, isConnectionError } from './errors.js';
import { Ownership } from './ownership.js';
import type { Postmaster } from './postmaster.js';
import { chooseUser } from './run-as.js';
import { trimLog } from './server-log.js';
import { embeddedDatabaseUrl } from './url.js';

/** What an {@link EmbeddedServer} runs on. */
export interface EmbeddedServerOptions {
  /** Where the data lies; created if need be. Relative to the working directory of this process. */
  readonly dataDirectory: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** How long a stop waits for the transactions of others to end, in milliseconds; 1000 unless given. */
  readonly quietTimeoutMs?: number;
  /** Hears of what happens to the server outside `start` and `stop`. */
  readonly onEvent?: (level: 'info' | 'warn', message: string) => void;
}

/** How long a start may take before it is given up. */
const START_TIMEOUT_MS = 60_000;
/** How long a server that is found stopping, or owned by another process, is given to be neither. */
const PATIENCE_MS = 3_000;
const POLL_MS = 100;
/** Short, so that a service that is only restarted soon answers again. */
const QUIET_TIMEOUT_MS = 1_000;
const MAX_BACKOFF_MS = 2_000;
const TRIM_LOG_EVERY_MS = 60_000;

/**
 * A PostgreSQL of our own, from the binaries in `node_modules`.
 *
 * It is a daemon in a session of its own, so that neither Ctrl-C in a terminal nor the death of this process ends it
 * half-way: a start finds the server that an earlier process left behind and adopts it, and a server that dies is
 * started again.
 */
export class EmbeddedServer {
  /** Where it is reached. */
  readonly url: string;
  readonly #options: EmbeddedServerOptions;
  readonly #dataDirectory: string;
  #running: Promise<void> | undefined;
  #daemon: Daemon | undefined;
  #ownership: Ownership | undefined;
  /** Why the server took no connection when it was last asked to. */
  #refusal = 'it takes no connections yet';
  #stop = new AbortController();
  #trimmer: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedServerOptions) {
    this.#options = options;
    this.#dataDirectory = resolve(options.dataDirectory);
    this.url = embeddedDatabaseUrl(options.port);
  }

  /**
   * Starts the server, or adopts the one that runs already. Idempotent.
   *
   * @throws EmbeddedServerError when it cannot run; the message says what to do
   */
  start(): Promise<void> {
    if (this.#running === undefined) {
      this.#stop = new AbortController();
      this.#running = this.#start();
      this.#trimmer = setInterval(() => void this.#trimLog(), TRIM_LOG_EVERY_MS).unref();
    }
    return this.#running;
  }

  /** Stops the server: transactions may end within `quietTimeoutMs`, then everybody is cut off. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#trimmer);
    await this.#running?.catch(() => undefined);
    this.#running = undefined;
    const ownership = this.#ownership;
    this.#ownership = undefined;
    // Whoever does not own the server has no business stopping it.
    if (ownership === undefined) return;
    // A server that is gone already need not be waited for.
    const { quietTimeoutMs = QUIET_TIMEOUT_MS } = this.#options;
    await ownership.whenQuiet(quietTimeoutMs).catch(() => undefined);
    await ownership.release();
    await this.#daemon?.shutDown();
  }

  async #start(): Promise<void> {
    const runAs = await chooseUser(this.#dataDirectory);
    const installation = { bin: await locateBinaries(runAs), runAs, dataDirectory: this.#dataDirectory };
    await prepareCluster(installation);
    await this.#trimLog();
    this.#daemon = new Daemon(installation, this.#options.port);
    await this.#run(this.#daemon);
  }

  /** Gets the server to run and to be ours, from whatever state it is in. */
  async #run(daemon: Daemon): Promise<void> {
    const began = performance.now();
    while (this.#ownership === undefined) {
      const waited = performance.now() - began;
      if (waited > START_TIMEOUT_MS) {
        throw await daemon.failure('does not get ready', this.#refusal);
      }
      const postmaster = await daemon.find();
      if (postmaster === undefined) {
        this.#stop.signal.throwIfAborted();
        if (await daemon.launch()) continue;
      } else if (postmaster.status === 'ready') {
        this.#ownership = await this.#adopt(daemon, postmaster, waited);
        if (this.#ownership !== undefined) return;
      } else if (postmaster.status === 'stopping' && waited > PATIENCE_MS) {
        await daemon.shutDown();
      }
      await sleep(POLL_MS);
    }
  }

  async #adopt(daemon: Daemon, { port, pid }: Postmaster, waited: number): Promise<Ownership | undefined> {
    let ownership;
    try {
      ownership = await Ownership.take(port, () => this.#recover(daemon));
    } catch (error) {
      // It is going down, or is busy recovering; the next look at it tells.
      this.#refusal = String(error);
      if (isConnectionError(error)) return undefined;
      throw await daemon.failure('cannot be connected to', this.#refusal);
    }
    if (ownership === undefined) {
      if (waited < PATIENCE_MS) return undefined;
      throw new EmbeddedServerError(
        `The data folder ${this.#dataDirectory} is in use: another database service runs the PostgreSQL on it ` +
          `(process ${pid}, port ${port}); stop that service, or name another postgres.dataDirectory`,
      );
    }
    if (port === this.#options.port) return ownership;
    // Left behind by a process that was configured otherwise.
    await ownership.release();
    await daemon.shutDown();
    return undefined;
  }

  /** The server died, or dropped our connection: brings it back, however long that takes. */
  #recover(daemon: Daemon): void {
    this.#ownership = undefined;
    if (this.#stop.signal.aborted) return;
    this.#options.onEvent?.('warn', 'The embedded PostgreSQL is gone; starting it again');
    this.#running = this.#retry(daemon, this.#stop.signal);
  }

  async #retry(daemon: Daemon, signal: AbortSignal): Promise<void> {
    let problem = '';
    for (let backoff = POLL_MS; !signal.aborted; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      try {
        await this.#run(daemon);
        this.#options.onEvent?.('info', 'The embedded PostgreSQL is back');
        return;
      } catch (error) {
        if (!signal.aborted && problem !== String(error)) {
          problem = String(error);
          this.#options.onEvent?.('warn', problem);
        }
        await sleep(backoff, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A log that cannot be trimmed is no reason not to serve. */
  async #trimLog(): Promise<void> {
    await trimLog(this.#dataDirectory).catch(() => undefined);
  }
}
