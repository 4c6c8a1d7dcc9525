import { FadingNumber } from './cells/fading-number.js';
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
 * other while another is there until that is answered. Breaking quickly is no merit: a failure costs at least what a request costs at
 * the most loaded of the others, the next one twice as much and so on, and fades with the same lifetime.
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
  #backends: readonly B[] = [];

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
  observe(backend: B, { durationMs, failed }: Outcome): void {
    const cost = this.#costs.get(backend.url);
    if (cost === undefined) return;
    const now = this.#now();
    if (failed) cost.fail(this.#dearestBeside(backend, now), now, this.#decayMs);
    if (failed && durationMs <= cost.at(now, this.#decayMs)) return;
    cost.observe(durationMs, now, this.#decayMs);
  }

  /** `penalty_ms` is there as long as failures cost a backend more than how long its requests take. */
  inspect({ url }: B): { readonly latency_ms: number; readonly penalty_ms?: number } {
    const cost = new Cost(this.#cells, url);
    const now = this.#now();
    const latency = cost.at(now, this.#decayMs);
    const penalty = cost.penaltyAt(now, this.#decayMs);
    return { latency_ms: latency, ...(penalty > latency ? { penalty_ms: penalty } : {}) };
  }

  #load(backend: B, now: number): number {
    const { url, weight, activeConnections } = backend;
    const known = this.#costs.get(url);
    const cost = known?.at(now, this.#decayMs) ?? 0;
    const penalty = known?.penaltyAt(now, this.#decayMs) ?? 0;
    const load =
      cost === 0 && activeConnections > 0
        ? UNKNOWN_COST + activeConnections
        : Math.max(cost, penalty) * (loadOf(backend) + 1);
    return load / weight;
  }

  /**
   * What a request costs at the most loaded of the others, for the weight of `failed`: by how long their requests take alone, so that
   * backends which all fail do not drive each other up.
   */
  #dearestBeside(failed: B, now: number): number {
    let dearest = 0;
    for (const backend of this.#backends) {
      if (backend.url === failed.url || backend.share === 0) continue;
      const cost = this.#costs.get(backend.url)?.at(now, this.#decayMs) ?? 0;
      dearest = Math.max(dearest, (cost * (backend.activeConnections + 1)) / backend.weight);
    }
    return dearest * failed.weight;
  }

  #begin(backends: readonly B[]): Lottery<B> {
    forgetAllBut(this.#cells, new Set(peakEwmaCells(backends)));
    this.#backends = backends;
    this.#costs = new Map(backends.map(({ url }) => [url, new Cost(this.#cells, url)]));
    return new Lottery(backends);
  }
}

/** The cells that {@link PeakEwma} needs for these backends. */
export function peakEwmaCells(backends: readonly Pick<Backend, 'url'>[]): string[] {
  return backends.flatMap(({ url }) => [costName(url), timeName(url), penaltyName(url), failureName(url)]);
}

const costName = (url: string) => `${url} cost`;
const timeName = (url: string) => `${url} observed`;
const penaltyName = (url: string) => `${url} penalty`;
const failureName = (url: string) => `${url} failed`;

/**
 * How many times the cost of the others failures can add up to: it then takes two mean lifetimes until a backend that fails each time is
 * asked again.
 */
const MAX_PENALTY = 8;

/** What a request to one backend costs, in ms. */
class Cost {
  /** How long its requests take. */
  readonly #latency: FadingNumber;
  /** What its failures count for. */
  readonly #penalty: FadingNumber;

  constructor(cells: Cells, url: string) {
    this.#latency = new FadingNumber(cells, costName(url), timeName(url));
    this.#penalty = new FadingNumber(cells, penaltyName(url), failureName(url));
  }

  /** By now. Finagle also keeps what it reads; here reading changes nothing. */
  at(now: number, decayMs: number): number {
    return this.#latency.at(now, decayMs);
  }

  penaltyAt(now: number, decayMs: number): number {
    return this.#penalty.at(now, decayMs);
  }

  /** Finagle's formula: a peak counts at once, anything else by the time that has passed. */
  observe(durationMs: number, now: number, decayMs: number): void {
    const { value } = this.#latency;
    const fading = this.#latency.fading(now, decayMs);
    const cost = durationMs > value ? durationMs : value * fading + durationMs * (1 - fading);
    this.#latency.set(cost, now);
  }

  /** @param others what a request costs elsewhere */
  fail(others: number, now: number, decayMs: number): void {
    if (others === 0) return;
    const before = this.#penalty.at(now, decayMs);
    this.#penalty.set(Math.max(others, Math.min(2 * before, MAX_PENALTY * others)), now);
  }
}
