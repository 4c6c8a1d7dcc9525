import type { BalancingPlan, Ledger } from '@balanza/proxy';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { EndedRequest, FromThread, ThreadData, ToThread } from './thread-messages.js';

const THREAD = new URL('plane-thread.js', import.meta.url);
/** How long to wait before a thread that died is started again: twice as long each time that this fails, in ms. */
const RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 5_000;

/** What the threads of a balancer share, and who hears of what they do. */
export interface PlaneThreadsOptions extends Pick<ThreadData, 'setup' | 'plan' | 'ownPort' | 'tellFrom'> {
  readonly ledger: Ledger;
  readonly onEnd: (request: EndedRequest) => void;
  readonly onRefused: (status: number) => void;
  /** A thread died, or could not be started in the place of one that did; another takes its place. */
  readonly onCrash: (thread: number, error: unknown) => void;
}

/**
 * The data planes of one balancer, each in a thread of its own, on one port. A thread that dies is started again, until it listens.
 */
export class PlaneThreads {
  /** By the number of the thread. */
  readonly workers: Worker[] = [];
  readonly #running = new Set<Worker>();
  readonly #options: PlaneThreadsOptions;
  readonly #closing = new AbortController();
  #plan: BalancingPlan;

  constructor(options: PlaneThreadsOptions) {
    this.#options = options;
    this.#plan = options.plan;
  }

  /** @returns the port, once every thread listens */
  async listen(address: ThreadData['address']): Promise<number> {
    const port = await this.#start(0, address);
    const others = Array.from({ length: this.#options.setup.topology.threads - 1 }, (_, index) =>
      this.#start(index + 1, { ...address, port, shared: true }),
    );
    await Promise.all(others);
    return port;
  }

  /** Every thread follows this plan from its next request on, those that are still to be started too. */
  apply(plan: BalancingPlan): void {
    this.#plan = plan;
    for (const worker of this.#running) this.#tell(worker, { type: 'apply', plan });
  }

  /** Every thread ends the connections of its clients, each with its next response. */
  leave(): void {
    for (const worker of this.#running) this.#tell(worker, { type: 'leave' });
  }

  /** Lets requests in flight finish for at most `graceMs`, and ends the threads. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    await Promise.all(
      [...this.#running].map(async (worker) => {
        const ended = once(worker, 'exit');
        this.#tell(worker, { type: 'close', graceMs });
        await ended;
      }),
    );
  }

  #tell(worker: Worker, message: ToThread): void {
    worker.postMessage(message);
  }

  #start(thread: number, address: ThreadData['address']): Promise<number> {
    const { setup, ownPort, tellFrom, ledger, onEnd, onRefused } = this.#options;
    const memory = ledger.memory;
    const workerData: ThreadData = { setup, plan: this.#plan, thread, memory, address, ownPort, tellFrom };
    const worker = new Worker(THREAD, { workerData, name: `plane-${thread}`, execArgv: [] });
    this.workers[thread] = worker;
    this.#running.add(worker);
    const listening = Promise.withResolvers<number>();
    let port: number | undefined;
    let failure: unknown;
    worker.on('message', (message: FromThread) => {
      if (message.type === 'end') onEnd(message.request);
      else if (message.type === 'refused') onRefused(message.status);
      else {
        listening.resolve((port = message.port));
        // It was told to close before there was anything to be closed.
        if (this.#closing.signal.aborted) this.#tell(worker, { type: 'close', graceMs: 0 });
      }
    });
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      this.#running.delete(worker);
      listening.reject(failure);
      if (port !== undefined) void this.#replace(thread, { ...address, port, shared: true }, failure);
    });
    return listening.promise;
  }

  /** The others go on serving meanwhile; what the dead thread had in flight no longer counts. */
  async #replace(thread: number, address: ThreadData['address'], failure: unknown): Promise<void> {
    const { ledger, onCrash } = this.#options;
    const { signal } = this.#closing;
    let reason = failure;
    for (let delay = RESTART_DELAY_MS; ; delay = Math.min(delay * 2, MAX_RESTART_DELAY_MS)) {
      ledger.settle(thread);
      if (signal.aborted) return;
      onCrash(thread, reason);
      try {
        await setTimeout(delay, undefined, { signal });
        await this.#start(thread, address);
        return;
      } catch (error) {
        reason = error;
      }
    }
  }
}
