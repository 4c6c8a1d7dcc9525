import type { Nobody } from '../resilience/choice.js';
import type { DataPlane } from './data-plane.js';
import type { Exchange } from './exchange.js';
import { RequestQueue } from './request-queue.js';

/**
 * The requests that hold a place at a backend while some of their body is still to come. Only a part of all places is for them
 * (`placeShare` of the body limits): clients that send slowly would keep all other requests out. More wait in a queue of their own.
 */
export class OpenBodies {
  readonly #plane: DataPlane;
  readonly #goOn: (exchange: Exchange) => void;
  readonly #queue: RequestQueue;
  #count = 0;

  /** @param goOn gives a request a backend, or has it wait for one */
  constructor(plane: DataPlane, goOn: (exchange: Exchange) => void) {
    this.#plane = plane;
    this.#goOn = goOn;
    this.#queue = new RequestQueue(plane, (exchange) => this.#offer(exchange));
  }

  /** Lets a request go on, or has it wait until fewer others hold a place. @returns false when it can do neither */
  enter(exchange: Exchange): boolean {
    return (this.#queue.isEmpty && this.#offer(exchange) === undefined) || this.#queue.add(exchange);
  }

  /** All of the request has been sent, or it is over. Idempotent. */
  leave(exchange: Exchange): void {
    this.#queue.delete(exchange);
    if (!exchange.holdsOpenBody) return;
    exchange.holdsOpenBody = false;
    this.#count--;
    this.#queue.drain();
  }

  /** Lets as many go on as there is room for. */
  drain(): void {
    this.#queue.drain();
  }

  #offer(exchange: Exchange): Nobody | undefined {
    if (this.#count >= this.#limit()) return 'full';
    this.#count++;
    exchange.holdsOpenBody = true;
    // It may have to wait for a backend next, and is not to count twice.
    this.#queue.delete(exchange);
    this.#goOn(exchange);
    return undefined;
  }

  /** This thread's share of the places that there are now. */
  #limit(): number {
    const { pool, bodies } = this.#plane;
    const { backends, ledger, policy } = pool;
    const places = policy.limits.maxInFlight * backends.filter((backend) => !pool.isOut(backend)).length;
    return Math.max(1, Math.ceil((bodies.placeShare * places) / ledger.shape.threads));
  }
}
