import { fromBits, toBits } from './cells/float-bits.js';
import { forgetAllBut } from './cells/forget.js';
import { betterOfTwo } from './order/better-of-two.js';
import { loadOf } from './order/load-of.js';
import { perList } from './order/per-list.js';
import { Lottery } from './order/random-order.js';
import type { Backend, Cells, Outcome, Strategy } from './strategy.js';

/** In ms, as in Finagle. */
export const DEFAULT_DECAY_MS = 10_000;

/** The cost in ms of a backend of which nothing is known yet but that is busy: Finagle's 2^47 ns. */
const UNKNOWN_COST = 2 ** 47 / 1e6;

/** What {@link PeakEwma} measures with, and where it keeps that. */
export interface PeakEwmaOptions {
  /** Where costs are kept; see {@link peakEwmaCells}. */
  readonly cells?: Cells;
  /** Uniform from 0 to below 1, such as `Math.random`. */
  readonly random: () => number;
  /** In ms, the same for all who share the cells; best of a clock that is never set back. */
  readonly now: () => number;
  /** Mean lifetime of what was observed, in ms; default 10,000. */
  readonly decayMs?: number;
}

/**
 * Of two different backends, drawn by weight, the one with the lower cost for its weight: how long its requests take,
 * times how many it would have with this one. A slow answer raises the cost at once, quick ones and time lower it with
 * a mean lifetime of `decayMs`, so that whoever was slow is tried again. A backend that is new gets one request, and no
 * other while somebody else is there until that is answered. Failures only ever raise a cost: breaking quickly is no
 * merit.
 *
 * It counts as busy whoever has active connections: where these include work that no request stands for, a backend that
 * is new waits until it is done.
 *
 * @see
 *   https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala
 */
export class PeakEwma<B extends Backend = Backend> implements Strategy<B> {
  readonly #cells: Cells;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #decayMs: number;
  readonly #lottery = perList((backends: readonly B[]) => this.#begin(backends));
  #costs: ReadonlyMap<string, Cost> = new Map();

  constructor({ cells = new Map(), random, now, decayMs = DEFAULT_DECAY_MS }: PeakEwmaOptions) {
    this.#cells = cells;
    this.#random = random;
    this.#now = now;
    this.#decayMs = decayMs;
  }

  candidates(backends: readonly B[]): Iterable<B> {
    const order = this.#lottery(backends).order(this.#random);
    const now = this.#now();
    return betterOfTwo(order, (backend) => this.#load(backend, now));
  }

  /** Nothing is learnt of a backend that left. */
  observe({ url }: B, { durationMs, failed }: Outcome): void {
    const cost = this.#costs.get(url);
    const now = this.#now();
    if (cost === undefined || (failed && durationMs <= cost.at(now, this.#decayMs))) return;
    cost.observe(durationMs, now, this.#decayMs);
  }

  inspect({ url }: B): { readonly latency_ms: number } {
    return { latency_ms: new Cost(this.#cells, url).at(this.#now(), this.#decayMs) };
  }

  #load(backend: B, now: number): number {
    const { url, weight, activeConnections } = backend;
    const cost = this.#costs.get(url)?.at(now, this.#decayMs) ?? 0;
    const load =
      cost === 0 && activeConnections > 0 ? UNKNOWN_COST + activeConnections : cost * (loadOf(backend) + 1);
    return load / weight;
  }

  #begin(backends: readonly B[]): Lottery<B> {
    forgetAllBut(this.#cells, new Set(peakEwmaCells(backends)));
    this.#costs = new Map(backends.map(({ url }) => [url, new Cost(this.#cells, url)]));
    return new Lottery(backends);
  }
}

/** The cells that {@link PeakEwma} needs for these backends. */
export function peakEwmaCells(backends: readonly Pick<Backend, 'url'>[]): string[] {
  return backends.flatMap(({ url }) => [costName(url), timeName(url)]);
}

const costName = (url: string) => `${url} cost`;
const timeName = (url: string) => `${url} observed`;

/** How far clocks may be apart or go back, in ms. */
const CLOCK_TOLERANCE = 60_000;

/** What a request to one backend costs, in ms. */
class Cost {
  readonly #cells: Cells;
  readonly #cost: string;
  /** In whole ms, of which a cell holds the lower 32 bits: it says when within 49 days. */
  readonly #observed: string;

  constructor(cells: Cells, url: string) {
    this.#cells = cells;
    this.#cost = costName(url);
    this.#observed = timeName(url);
  }

  /** As it was when it was last observed. */
  get value(): number {
    return fromBits(this.#cells.get(this.#cost) ?? 0);
  }

  /** By now. Finagle also keeps what it reads; here reading changes nothing. */
  at(now: number, decayMs: number): number {
    return this.value * this.#fading(now, decayMs);
  }

  /** Finagle's formula: a peak counts at once, anything else by the time that has passed. */
  observe(durationMs: number, now: number, decayMs: number): void {
    const fading = this.#fading(now, decayMs);
    const { value } = this;
    const cost = durationMs > value ? durationMs : value * fading + durationMs * (1 - fading);
    this.#cells.set(this.#cost, toBits(cost));
    this.#cells.set(this.#observed, now | 0);
  }

  #fading(now: number, decayMs: number): number {
    const passed = (now - (this.#cells.get(this.#observed) ?? 0)) >>> 0;
    return passed > 2 ** 32 - CLOCK_TOLERANCE ? 1 : Math.exp(-passed / decayMs);
  }
}
