import { overloaded, unavailable } from '../proxy-answer.js';
import type { Nobody } from '../resilience/choice.js';
import type { DataPlane } from './data-plane.js';
import { eventClock } from './event-clock.js';
import type { Exchange } from './exchange.js';

/** How often the queue looks for room that came from elsewhere: another thread, a backend that is back. */
const LOOK_MS = 10;

/**
 * Requests that wait until a backend has room, first in, first out. One per thread; the limit is for all of them, but the order is not:
 * a thread fills the room that it frees itself, without waiting for one whose requests have waited longer.
 */
export class RequestQueue {
  readonly #plane: DataPlane;
  readonly #offer: (exchange: Exchange) => Nobody | undefined;
  readonly #waiting = new Set<Exchange>();
  #timer: NodeJS.Timeout | undefined;
  #draining = false;

  /** @param offer sends the request to a backend that has room; why not, when none has */
  constructor(plane: DataPlane, offer: (exchange: Exchange) => Nobody | undefined) {
    this.#plane = plane;
    this.#offer = offer;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** @returns false when no more may wait */
  add(exchange: Exchange): boolean {
    const { pool, deadlines } = this.#plane;
    const { ledger, policy } = pool;
    const { queueLength, queueWaitMs } = policy.limits;
    if (queueLength === 0 || ledger.waiting >= queueLength) return false;
    if (exchange.waitsUntil === 0) exchange.waitsUntil = deadlines.after(queueWaitMs);
    this.#waiting.add(exchange);
    this.#count(1);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    return true;
  }

  /** It is over, whether it waited or not. */
  delete(exchange: Exchange): void {
    if (this.#waiting.size === 0 || !this.#waiting.delete(exchange)) return;
    this.#count(-1);
    if (!this.isEmpty) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Sends as many as there is room for. */
  drain(): void {
    if (this.#waiting.size === 0 || this.#draining) return;
    this.#draining = true;
    try {
      for (const exchange of this.#waiting) {
        const nobody = this.#offer(exchange);
        if (nobody === undefined) this.delete(exchange);
        // No backend is left that could ever have room.
        else if (nobody === 'out') exchange.client.answer(exchange, unavailable(exchange.failure));
        // A request that has asked a backend already has fewer candidates than those behind it.
        else if (exchange.tried === undefined) break;
      }
    } finally {
      this.#draining = false;
    }
  }

  #look(): void {
    eventClock.read();
    const { now } = this.#plane.deadlines;
    for (const exchange of this.#waiting) {
      // In no order: a request that waited before, for a backend that broke, is behind later ones.
      if (exchange.waitsUntil <= now) exchange.client.answer(exchange, overloaded());
    }
    this.drain();
  }

  #count(change: number): void {
    const { ledger, thread } = this.#plane.pool;
    ledger.addWaiting(thread, change);
  }
}
