import { OutcomeWindow } from '../accounting/outcome-window.js';
import { ejectionMs, type EjectionReason } from './ejection.js';
import type { ChecksPolicy, EjectionPolicy, SlowStartPolicy } from './policy.js';
import { slowStartFactor } from './slow-start.js';

/** Why a backend is out: it accepts no connection · its checks fail · how it served requests. */
export type HealthReason = 'refused' | 'checks' | EjectionReason;

/** Gets requests · accepts no connection, or fails its checks · is left out for how it served requests. */
export type HealthState = 'up' | 'down' | 'ejected';

/** How a request went, for the backend that it was sent to. */
export const OUTCOME = {
  /** Answered well, or with an error that comes from behind it. */
  served: 0,
  /** Answered with a status that says the backend is broken. */
  failed: 1,
  /** The same, as a gateway would say it (502, 503, 504); or no whole answer, or none in time. */
  gatewayError: 2,
} as const;
export type RequestOutcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** One bit for each thing that keeps a backend from its full share; 0 for one that is up and has it. */
const REFUSED = 1;
const CHECKS_FAIL = 2;
const EJECTED = 4;
const WARMING = 8;
/** No check has found it well yet. */
const UNVERIFIED = 16;
const OUT = REFUSED | CHECKS_FAIL | EJECTED;

const REASONS: readonly (HealthReason | undefined)[] = [
  undefined,
  'refused',
  'checks',
  'consecutive-errors',
  'error-share',
];

/** Places of the whole numbers. */
const STATE = 0;
const REASON = 1;
const CONSECUTIVE = 2;
/** Results of checks in a row: successes count up from 0, failures down. */
const CHECKS = 3;
const TIMES_EJECTED = 4;
/** A request has failed since the window was last seen without a failure. */
const SUSPECT = 5;
/** It is there from the start, and nobody has seen it up. */
const AWAITED = 6;
export const HEALTH_NUMBERS = 7;

/** Places of the times, in ms. */
const SINCE = 0;
const EJECTED_UNTIL = 1;
const WARMING_SINCE = 2;
const NEXT_PROBE = 3;
/** Not a time, but a number with a fraction as well: what {@link BackendHealth.earnTurn} adds up. */
const TURNS = 4;
export const HEALTH_TIMES = 5;

/** A backend that refused is tried again after this many ms. */
const PROBE_MS = 1_000;

/** Turns in slow start begin at a half, so that requests sent are the sum of the parts earned, rounded to the nearest. */
const FIRST_TURN = 0.5;
/** Turns that can be saved: enough for strategies that offer a backend requests at irregular intervals. */
const MAX_TURNS = 8;

/** The memory that the health of one backend is kept in: zeros at first. */
export interface HealthMemory {
  /** {@link HEALTH_NUMBERS} */
  readonly numbers: Int32Array;
  /** {@link HEALTH_TIMES} */
  readonly times: Float64Array;
  readonly window: OutcomeWindow;
}

/**
 * What is known of one backend's health, in memory that the threads share. Times are in ms of a clock on which they agree.
 */
export class BackendHealth {
  readonly #numbers: Int32Array;
  readonly #times: Float64Array;
  readonly #window: OutcomeWindow;

  constructor({ numbers, times, window }: HealthMemory) {
    this.#numbers = numbers;
    this.#times = times;
    this.#window = window;
  }

  /** Up and not in slow start, which nearly every backend nearly always is. */
  get isFine(): boolean {
    return this.#numbers[STATE] === 0;
  }

  /** As of the last request, check or {@link refresh}: that is when an ejection ends whose time is over. */
  get state(): HealthState {
    const bits = this.#bits;
    if ((bits & (REFUSED | CHECKS_FAIL)) !== 0) return 'down';
    return (bits & EJECTED) === 0 ? 'up' : 'ejected';
  }

  /** Why it is out; undefined while it is up. */
  get reason(): HealthReason | undefined {
    return REASONS[this.#numbers[REASON] ?? 0];
  }

  /** When it came into this state; 0 where it never was in another. */
  get since(): number {
    return this.#times[SINCE] ?? 0;
  }

  /** When its ejection ends; 0 when it is not ejected. */
  get ejectedUntil(): number {
    return (this.#bits & EJECTED) === 0 ? 0 : (this.#times[EJECTED_UNTIL] ?? 0);
  }

  /** Ejections in succession; each makes the next one longer. */
  get timesEjected(): number {
    return this.#numbers[TIMES_EJECTED] ?? 0;
  }

  /** It accepts no connection. */
  get isRefused(): boolean {
    return (this.#bits & REFUSED) !== 0;
  }

  /** It is checked, and no check has found it well yet: it gets requests only where no other backend is known to be well. */
  get isUnverified(): boolean {
    return (this.#bits & UNVERIFIED) !== 0;
  }

  /** A request has failed lately, so that what follows is worth a closer look. */
  get isSuspect(): boolean {
    return this.#numbers[SUSPECT] !== 0;
  }

  get consecutiveErrors(): number {
    return this.#numbers[CONSECUTIVE] ?? 0;
  }

  /** The requests that were observed lately, and the failures among them. */
  observed(
    now: number,
    { windowMs }: EjectionPolicy,
  ): { readonly requests: number; readonly failures: number } {
    this.#window.sum(now, windowMs);
    const { requests, failures } = this.#window;
    if (failures === 0) this.#numbers[SUSPECT] = 0;
    return { requests, failures };
  }

  /** Whether it is up and has answered its latest requests well, as far as it had any. */
  isWell(now: number, policy: EjectionPolicy): boolean {
    if (this.state !== 'up' || this.isUnverified || this.consecutiveErrors > 0) return false;
    if (!this.isSuspect) return true;
    const { requests, failures } = this.observed(now, policy);
    return failures <= policy.errorShare * requests;
  }

  /** Whether it is up, and of the requests in the window at least one was answered and none failed. */
  isProven(now: number, policy: EjectionPolicy): boolean {
    if (this.state !== 'up') return false;
    const { requests, failures } = this.observed(now, policy);
    return requests > 0 && failures === 0;
  }

  /** Whether it may be sent nothing now. One that refused may have one request a second, to see whether it still does. */
  isOut(now: number, slowStart: SlowStartPolicy): boolean {
    this.refresh(now, slowStart);
    const bits = this.#bits & OUT;
    if (bits !== REFUSED) return bits !== 0;
    if (now < (this.#times[NEXT_PROBE] ?? 0)) return true;
    this.#times[NEXT_PROBE] = now + PROBE_MS;
    return false;
  }

  /** Ends an ejection whose time is over. */
  refresh(now: number, slowStart: SlowStartPolicy): void {
    if ((this.#bits & EJECTED) !== 0 && now >= this.ejectedUntil) this.#comeBack(EJECTED, now, slowStart);
  }

  /** The share of its requests that it gets while it comes back; 1 for all of them. */
  share(now: number, policy: SlowStartPolicy): number {
    if ((this.#bits & WARMING) === 0) return 1;
    const share = slowStartFactor(now - (this.#times[WARMING_SINCE] ?? 0), policy);
    if (share >= 1) this.#clear(WARMING);
    return share;
  }

  /** Slow start: of one request more that the pool was asked for, `part` is this backend's. */
  earnTurn(part: number): void {
    this.#times[TURNS] = Math.min((this.#times[TURNS] ?? 0) + part, MAX_TURNS);
  }

  /** Slow start: whether the parts earned make up a whole request. */
  get hasTurn(): boolean {
    return (this.#times[TURNS] ?? 0) >= 1;
  }

  /** Slow start: a request was sent to it, with a turn of its own or for want of another backend. */
  takeTurn(): void {
    this.#times[TURNS] = Math.max((this.#times[TURNS] ?? 0) - 1, 0);
  }

  /** Counts how a request went. What follows from it is decided by who sees all backends. */
  onOutcome(outcome: RequestOutcome, now: number, { windowMs }: EjectionPolicy): void {
    const numbers = this.#numbers;
    this.#window.add(outcome !== OUTCOME.served, now, windowMs);
    if (outcome === OUTCOME.gatewayError) Atomics.add(numbers, CONSECUTIVE, 1);
    else if (numbers[CONSECUTIVE] !== 0) Atomics.store(numbers, CONSECUTIVE, 0);
    if (outcome !== OUTCOME.served) numbers[SUSPECT] = 1;
  }

  /** Leaves it out for a while, that is longer each time; who has been good for as long is forgiven one time. */
  eject(reason: EjectionReason, now: number, policy: EjectionPolicy): void {
    const { since, timesEjected } = this;
    const forgiven = Math.floor(Math.max(now - since, 0) / policy.baseMs);
    const times = Math.max(timesEjected - forgiven, 0) + 1;
    this.#numbers[TIMES_EJECTED] = times;
    this.#times[EJECTED_UNTIL] = now + ejectionMs(times, policy);
    this.#goOut(EJECTED, reason, now);
  }

  /** Ends an ejection before its time, as nothing else can serve: until it has, it counts as failing. */
  readmit(now: number, slowStart: SlowStartPolicy): void {
    this.#comeBack(EJECTED, now, slowStart);
    this.#numbers[CONSECUTIVE] = 1;
    this.#numbers[SUSPECT] = 1;
  }

  /**
   * It accepted no connection: nothing was sent, and nothing needs to be until it does. If it was ejected, that was because it
   * died; what the dead one did says nothing of the one that takes its place.
   */
  onRefused(now: number): void {
    this.#times[NEXT_PROBE] = now + PROBE_MS;
    this.#clear(EJECTED);
    if (!this.isRefused) this.#goOut(REFUSED, 'refused', now);
  }

  /** It accepted a connection, or answered. */
  onAccepted(now: number, slowStart: SlowStartPolicy): void {
    if (this.isRefused) this.#comeBack(REFUSED, now, slowStart);
    this.#numbers[AWAITED] = 0;
  }

  /** Whether it has yet to be seen up for the first time since all began. */
  get isAwaited(): boolean {
    return this.#numbers[AWAITED] !== 0;
  }

  /** All begin together: who is up later than the balancer, for the first time, has its full share at once. */
  await(): void {
    this.#numbers[AWAITED] = 1;
  }

  /**
   * The result of an active check. One is enough for a backend that no check has found well yet, and one success for one that
   * had only refused.
   *
   * @returns whether it came up or went down by this
   */
  onCheck(ok: boolean, now: number, checks: ChecksPolicy, slowStart: SlowStartPolicy): boolean {
    const before = this.state;
    const run = this.#numbers[CHECKS] ?? 0;
    const next = ok ? Math.max(run, 0) + 1 : Math.min(run, 0) - 1;
    this.#numbers[CHECKS] = next;
    const failing = (this.#bits & CHECKS_FAIL) !== 0;
    const { isUnverified } = this;
    const fall = isUnverified && !this.isRefused ? 1 : checks.fall;
    if (!ok && !failing && -next >= fall) this.#goOut(CHECKS_FAIL, 'checks', now);
    if (ok && this.isRefused) this.#comeBack(REFUSED, now, slowStart);
    if (ok && failing && (isUnverified || next >= checks.rise)) this.#comeBack(CHECKS_FAIL, now, slowStart);
    if (ok && isUnverified) this.#clear(UNVERIFIED);
    if (ok && this.state === 'up') this.#numbers[AWAITED] = 0;
    return this.state !== before;
  }

  /** Nobody checks it any more: what checks have found does not count. */
  forgetChecks(now: number, slowStart: SlowStartPolicy): void {
    this.#numbers[CHECKS] = 0;
    if (this.isUnverified) this.#clear(UNVERIFIED);
    if ((this.#bits & CHECKS_FAIL) !== 0) this.#comeBack(CHECKS_FAIL, now, slowStart);
  }

  /** Has it wait for its first check: it is new, or was not checked for a while. */
  doubt(): void {
    this.#numbers[CHECKS] = 0;
    Atomics.or(this.#numbers, STATE, UNVERIFIED);
  }

  /** Begins slow start: it was out, or is new among others. */
  warmUp(now: number, { windowMs }: SlowStartPolicy): void {
    if (windowMs === 0) return;
    this.#times[WARMING_SINCE] = now;
    this.#times[TURNS] = FIRST_TURN;
    Atomics.or(this.#numbers, STATE, WARMING);
  }

  /** Forgets everything; for a slot that goes to another backend. */
  clear(): void {
    this.#numbers.fill(0);
    this.#times.fill(0);
    this.#window.clear();
  }

  get #bits(): number {
    return Atomics.load(this.#numbers, STATE);
  }

  #goOut(bit: number, reason: HealthReason, now: number): void {
    this.#clear(WARMING);
    this.#numbers[REASON] = REASONS.indexOf(reason);
    this.#times[SINCE] = now;
    Atomics.or(this.#numbers, STATE, bit);
  }

  /** One reason less to be out; with the last one gone it begins anew. */
  #comeBack(bit: number, now: number, slowStart: SlowStartPolicy): void {
    if ((this.#clear(bit) & OUT) !== bit) return;
    this.#numbers[REASON] = 0;
    this.#numbers[CONSECUTIVE] = 0;
    this.#numbers[SUSPECT] = 0;
    this.#times[SINCE] = now;
    this.#window.clear();
    if (!this.isAwaited) this.warmUp(now, slowStart);
  }

  /** @returns the bits before */
  #clear(bit: number): number {
    return Atomics.and(this.#numbers, STATE, ~bit);
  }
}
