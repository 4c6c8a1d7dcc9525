import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';

export interface OpenLoopOptions {
  readonly port: number;
  /** One request's bytes. */
  readonly request: Buffer;
  readonly connections: number;
  /** Requests per second. */
  readonly rate: number;
  /** Measured seconds. */
  readonly seconds: number;
  /** Seconds before, at the same rate, that are not measured. */
  readonly warmUpSeconds: number;
}

export interface OpenLoopResult {
  /** Microseconds from when a request was due to the end of its answer, one for each measured request, sorted. */
  readonly latencies: Float64Array;
  /** Answers that came, with those of the warm-up. */
  readonly answered: number;
  /** From the first request to the last answer, with the warm-up. */
  readonly elapsedSeconds: number;
  /** Measured requests that were due. */
  readonly due: number;
  /** Answers with a status other than 2xx, or that broke off. */
  readonly failed: number;
}

/** How long the last answers may take, in ms. */
const GRACE_MS = 2_000;

/**
 * Sends requests at a constant rate, whether or not the answers keep up. Each latency counts from when its request
 * was due, so a request that had to wait for a connection because earlier answers were late counts with its wait:
 * there is no coordinated omission (Gil Tene, "How NOT to Measure Latency").
 */
export class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #idle: Connection[] = [];
  readonly #latencies: Float64Array;
  readonly #total: number;
  readonly #warmUp: number;
  readonly #done = Promise.withResolvers<void>();
  #startedAt = 0;
  #sent = 0;
  #answered = 0;
  #measured = 0;
  #failed = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#warmUp = Math.round(options.rate * options.warmUpSeconds);
    this.#total = this.#warmUp + Math.round(options.rate * options.seconds);
    this.#latencies = new Float64Array(this.#total - this.#warmUp);
  }

  /** @throws Error when a connection cannot be made, or breaks */
  async run(): Promise<OpenLoopResult> {
    const { connections, rate } = this.#options;
    const sockets = await Promise.all(Array.from({ length: connections }, () => this.#connect()));
    this.#startedAt = performance.now();
    // Answers wake the process far more often than this; it matters only when none are under way.
    const ticker = setInterval(() => this.#sendDue(), 1);
    const deadline = setTimeout(() => this.#done.resolve(), (this.#total / rate) * 1_000 + GRACE_MS);
    try {
      await this.#done.promise;
    } finally {
      clearInterval(ticker);
      clearTimeout(deadline);
      for (const socket of sockets) socket.destroy();
    }
    return {
      latencies: this.#latencies.subarray(0, this.#measured).toSorted(),
      answered: this.#answered,
      elapsedSeconds: (performance.now() - this.#startedAt) / 1_000,
      due: this.#latencies.length,
      failed: this.#failed,
    };
  }

  #sendDue(): void {
    const now = performance.now();
    while (this.#sent < this.#total && this.#dueAt(this.#sent) <= now) {
      const connection = this.#idle.pop();
      if (connection === undefined) return;
      connection.request = this.#sent++;
      connection.socket.write(this.#options.request);
    }
  }

  /** When a request is due, on the clock of `performance.now()`. */
  #dueAt(request: number): number {
    return this.#startedAt + (request * 1_000) / this.#options.rate;
  }

  #onAnswer(connection: Connection, status: number): void {
    const { request } = connection;
    this.#answered++;
    if (status < 200 || status > 299) this.#failed++;
    if (request >= this.#warmUp) {
      this.#latencies[this.#measured++] = (performance.now() - this.#dueAt(request)) * 1_000;
    }
    this.#idle.push(connection);
    if (this.#answered === this.#total) this.#done.resolve();
    else this.#sendDue();
  }

  #connect(): Promise<Socket> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const reader = new AnswerReader();
    const fail = (error: unknown) => {
      reject(error);
      this.#done.reject(error);
    };
    const connection: Connection = {
      request: 0,
      socket: connect({
        port: this.#options.port,
        host: '127.0.0.1',
        noDelay: true,
        // One buffer for all that comes, since none of it is kept.
        onread: {
          buffer: Buffer.allocUnsafe(64 * 1024),
          callback: (size, buffer) => {
            try {
              const status = reader.take((buffer as Buffer).subarray(0, size));
              if (status !== undefined) this.#onAnswer(connection, status);
            } catch (error) {
              fail(error);
            }
            return true;
          },
        },
      }),
    };
    const { socket } = connection;
    socket.once('connect', () => {
      this.#idle.push(connection);
      resolve(socket);
    });
    socket.once('error', fail);
    socket.once('end', () => fail(new Error('the proxy closed a connection')));
    return promise;
  }
}

interface Connection {
  readonly socket: Socket;
  /** The number of the request that it last sent. */
  request: number;
}
