import { sharedNow } from '@balanza/proxy';
import type { Resilience } from '@balanza/topology';
import type { Probe, ProbeResult } from './probe.js';

/** What the checker has to know of a backend, and where it tells what it found. */
export interface CheckedBackend {
  readonly url: string;
  /** Nothing is sent to it at the moment: it is checked more often, so that it is back soon. */
  readonly isDown: boolean;
  /** It waits for its first check, as it is new. */
  readonly isUnverified: boolean;
  /** Requests wait there, and none has ended for a while. */
  readonly isSilent: boolean;
  onCheck(result: ProbeResult): void;
}

/** The last check of a backend. */
export interface LastCheck extends ProbeResult {
  /** When it began, by {@link sharedNow}. */
  readonly at: number;
  readonly durationMs: number;
}

type Intervals = Pick<Resilience['health'], 'interval' | 'fastInterval' | 'jitter'>;

/** Whom a {@link HealthChecker} checks, how and how often. */
export interface HealthCheckerOptions {
  readonly probe: Probe;
  readonly intervals: Intervals;
  /** Those to check, as they are now. */
  readonly backends: () => readonly CheckedBackend[];
  /** In ms; {@link sharedNow} unless given. */
  readonly now?: () => number;
  /** Uniform from 0 to below 1. */
  readonly random?: () => number;
}

interface Schedule {
  underWay: Promise<void> | undefined;
  dueAt: number;
  /** It let requests wait and has not been seen to react since. */
  mustReact: boolean;
  lastCheck: LastCheck | undefined;
  /** As of the last check that heard of it; a check that was refused found no process. */
  instance: string | undefined;
}

/** Asks every backend whether it works when its time has come, as {@link HealthChecker.tick} finds. */
export class HealthChecker {
  readonly #options: Required<HealthCheckerOptions>;
  readonly #schedules = new Map<string, Schedule>();

  constructor(options: HealthCheckerOptions) {
    this.#options = { now: sharedNow, random: Math.random, ...options };
  }

  lastCheck(url: string): LastCheck | undefined {
    return this.#schedules.get(url)?.lastCheck;
  }

  /** Which process there is, where one has said so. */
  instanceOf(url: string): string | undefined {
    return this.#schedules.get(url)?.instance;
  }

  /** Checks the backends that are due now. Resolves when that is done; the next call need not wait for it. */
  async tick(): Promise<void> {
    const backends = this.#options.backends();
    const known = new Set(backends.map(({ url }) => url));
    for (const url of this.#schedules.keys()) if (!known.has(url)) this.#schedules.delete(url);
    await Promise.all(backends.map((backend) => this.#checkIfDue(backend)));
  }

  /** Checks new backends now. Resolves when that is done. */
  async checkNew(): Promise<void> {
    const unverified = this.#options.backends().filter(({ isUnverified }) => isUnverified);
    await Promise.all(unverified.map((backend) => this.#checkIfDue(backend)));
  }

  async #checkIfDue(backend: CheckedBackend): Promise<void> {
    const schedule = this.#scheduleOf(backend.url);
    if (schedule.underWay === undefined && this.#options.now() >= this.#dueAt(schedule, backend))
      schedule.underWay = this.#check(backend, schedule);
    await schedule.underWay;
  }

  async #check(backend: CheckedBackend, schedule: Schedule): Promise<void> {
    const { now, probe } = this.#options;
    const { url } = backend;
    const startedAt = now();
    schedule.mustReact ||= backend.isSilent;
    const result = await probe(url, schedule.mustReact);
    schedule.underWay = undefined;
    if (result.ok) schedule.mustReact = false;
    const lastCheck = { ...result, at: startedAt, durationMs: now() - startedAt };
    schedule.lastCheck = lastCheck;
    schedule.instance = result.refused ? undefined : (result.instance ?? schedule.instance);
    // From beginning to beginning: who let a check time out has been waited for long enough.
    schedule.dueAt = startedAt + this.#pause(result.ok);
    // It may have left meanwhile.
    if (this.#schedules.get(url) === schedule) backend.onCheck(result);
  }

  /** Requests may have found out in between that nobody listens there; then the next check is sooner than it was to be. */
  #dueAt({ dueAt, lastCheck }: Schedule, { isDown, isUnverified }: CheckedBackend): number {
    // The last one was of a backend that was there before.
    if (isUnverified && lastCheck?.ok === true) return 0;
    if (!isDown || lastCheck === undefined) return dueAt;
    return Math.min(dueAt, lastCheck.at + this.#options.intervals.fastInterval * 1000);
  }

  /** From one check to the next, in ms; varied, so that many balancers do not ask at the same moment. */
  #pause(ok: boolean): number {
    const { intervals, random } = this.#options;
    const { interval, fastInterval, jitter } = intervals;
    return (ok ? interval : fastInterval) * 1000 * (1 + jitter * (2 * random() - 1));
  }

  #scheduleOf(url: string): Schedule {
    const schedule = this.#schedules.get(url) ?? {
      underWay: undefined,
      dueAt: 0,
      mustReact: false,
      lastCheck: undefined,
      instance: undefined,
    };
    this.#schedules.set(url, schedule);
    return schedule;
  }
}
