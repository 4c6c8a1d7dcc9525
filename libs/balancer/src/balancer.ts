import type { Strategy } from '@balanza/balancing';
import { Ledger, type BalancingPlan, type DataPlane, type ProxiedBackend } from '@balanza/proxy';
import { urlOf } from '@balanza/topology';
import { EventEmitter } from 'node:events';
import { endedRequest, isTold } from './plane/ended-request.js';
import { PlaneThreads } from './plane/plane-threads.js';
import { ledgerShape, PlaneView, type PlaneSetup } from './plane/plane.js';
import type { EndedRequest } from './plane/thread-messages.js';

interface BalancerEvents {
  /** A request is over. */
  end: [request: EndedRequest];
  /** A message was refused before it was a request. */
  refused: [status: number];
  /** A thread died and is started again. */
  crash: [thread: number, error: unknown];
}

/** One balancer as its process sees it: what it balances, and the data planes that do it, here or in threads. */
export class Balancer {
  readonly events = new EventEmitter<BalancerEvents>();
  readonly #setup: PlaneSetup;
  readonly #ledger: Ledger;
  readonly #view: PlaneView;
  readonly #tellFrom: number;
  #plan: BalancingPlan;
  #plane: Pick<DataPlane, 'leave' | 'close'> | undefined;
  #threads: PlaneThreads | undefined;

  /**
   * @param plan what it does until it is told otherwise
   * @param tellFrom lowest status of which `end` is told by threads
   */
  constructor(setup: PlaneSetup, plan: BalancingPlan, tellFrom: number) {
    this.#setup = setup;
    this.#plan = plan;
    this.#ledger = new Ledger(ledgerShape(setup));
    this.#view = new PlaneView(setup, plan, this.#ledger, 0);
    this.#tellFrom = tellFrom;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#view.strategy;
  }

  get backends(): readonly ProxiedBackend[] {
    return this.#view.backends;
  }

  /** What it follows now. */
  get plan(): BalancingPlan {
    return this.#plan;
  }

  /** Requests of all threads that wait for a backend to have room. */
  get waiting(): number {
    return this.#ledger.waiting;
  }

  /** Requests in flight to whoever has this slot, or had it last. */
  inFlight(slot: number): number {
    return this.#ledger.inFlight(slot);
  }

  /**
   * Follows another plan from the next request on, in all threads.
   *
   * @throws RangeError for a plan that cannot be followed, and goes on as before
   */
  apply(plan: BalancingPlan): void {
    this.#view.apply(plan);
    this.#plan = plan;
    this.#threads?.apply(plan);
  }

  /**
   * Takes a load report of a backend into account.
   *
   * @returns whether it is from the process that the backend is now, be it news or late
   */
  acceptLoad(report: Parameters<PlaneView['acceptLoad']>[0]): boolean {
    return this.#view.acceptLoad(report);
  }

  /** Nothing is known any more of what this backend has, until it reports again. */
  silenceLoad(url: string): void {
    this.#view.silenceLoad(url);
  }

  /**
   * Begins to serve.
   *
   * @param address where clients come
   * @param ownPort the port of the loopback address where the balancer's own routes are answered
   * @returns the URL it serves at
   */
  async listen(address: { readonly host: string; readonly port: number }, ownPort: number): Promise<string> {
    const plane = this.#setup.topology.threads > 1 ? this.#makeThreads(ownPort) : this.#makePlane(ownPort);
    this.#plane = plane;
    return urlOf(address.host, await plane.listen(address));
  }

  /** Tells clients with each response from now on that their connection ends; still accepts others. */
  leave(): void {
    this.#plane?.leave();
  }

  /** Takes no more connections, lets requests in flight finish for at most `graceMs`, and closes everything. */
  async close(graceMs: number): Promise<void> {
    await this.#plane?.close(graceMs);
  }

  #makeThreads(ownPort: number): PlaneThreads {
    const { events } = this;
    this.#threads = new PlaneThreads({
      setup: this.#setup,
      plan: this.#plan,
      ledger: this.#ledger,
      ownPort,
      tellFrom: this.#tellFrom,
      onEnd: (request) => events.emit('end', request),
      onRefused: (status) => events.emit('refused', status),
      onCrash: (thread, error) => events.emit('crash', thread, error),
    });
    return this.#threads;
  }

  #makePlane(ownPort: number): DataPlane {
    const { events } = this;
    return this.#view.createPlane(ownPort, {
      onEnd: (exchange) => {
        if (isTold(exchange, this.#tellFrom)) events.emit('end', endedRequest(exchange));
      },
      onRefused: (status) => events.emit('refused', status),
    });
  }
}
