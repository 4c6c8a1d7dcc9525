import type { Strategy } from '@balanza/balancing';
import { Ledger, type DataPlane, type ProxiedBackend } from '@balanza/proxy';
import { urlOf } from '@balanza/topology';
import { EventEmitter } from 'node:events';
import { endedRequest } from './plane/ended-request.js';
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
  #plane: Pick<DataPlane, 'close'> | undefined;

  /** @param tellFrom lowest status of which `end` is told by threads */
  constructor(setup: PlaneSetup, tellFrom: number) {
    this.#setup = setup;
    this.#ledger = new Ledger(ledgerShape(setup));
    this.#view = new PlaneView(setup, this.#ledger, 0);
    this.#tellFrom = tellFrom;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#view.strategy;
  }

  get backends(): readonly ProxiedBackend[] {
    return this.#view.backends;
  }

  /** Takes a load report of a backend into account. */
  acceptLoad(report: Parameters<PlaneView['acceptLoad']>[0]): void {
    this.#view.acceptLoad(report);
  }

  /**
   * Begins to serve.
   *
   * @param address where clients come
   * @param ownPort the port of the loopback address where the balancer's own routes are answered
   * @returns the URL it serves at
   */
  async listen(address: { readonly host: string; readonly port: number }, ownPort: number): Promise<string> {
    const { events } = this;
    const plane =
      this.#setup.topology.threads > 1
        ? new PlaneThreads({
            setup: this.#setup,
            ledger: this.#ledger,
            ownPort,
            tellFrom: this.#tellFrom,
            onEnd: (request) => events.emit('end', request),
            onRefused: (status) => events.emit('refused', status),
            onCrash: (thread, error) => events.emit('crash', thread, error),
          })
        : this.#view.createPlane(ownPort, {
            onEnd: (exchange) => {
              if (exchange.status >= this.#tellFrom) events.emit('end', endedRequest(exchange));
            },
            onRefused: (status) => events.emit('refused', status),
          });
    this.#plane = plane;
    return urlOf(address.host, await plane.listen(address));
  }

  /** Takes no more connections, lets requests in flight finish for at most `graceMs`, and closes everything. */
  async close(graceMs: number): Promise<void> {
    await this.#plane?.close(graceMs);
  }
}
