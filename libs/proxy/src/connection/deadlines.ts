import { eventClock } from './event-clock.js';
import { type Listed, Roster } from './roster.js';

/** Something that must not wait for ever. */
export interface Waiting extends Listed {
  /** When its wait is over, by the clock of {@link Deadlines}; 0 while it waits for nothing. */
  deadline: number;
  /** Its wait is over. It sets a new deadline or none. */
  onDeadline(): void;
}

/** How often deadlines are looked at, in ms; also how exact they are. */
const TICK_MS = 100;
/** A tick that is later than this finds out that the process did not run, which is nobody's fault who waits. */
const MAX_STEP_MS = 2 * TICK_MS;

/**
 * One timer for all waits of a thread. Setting a deadline is one assignment, where a timer per wait would be a call
 * into the timer lists for every piece of every message.
 */
export class Deadlines {
  /** Ms that have passed for those who wait; stands still while the process does. */
  now = 1;
  readonly #waiting = new Roster<Waiting>();
  readonly #onTick: () => void;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onTick called with every tick
   * @param clock read at every tick, in ms
   */
  constructor(onTick: () => void = () => undefined, clock = () => eventClock.read()) {
    this.#onTick = onTick;
    this.#clock = clock;
  }

  start(): void {
    let last = this.#clock();
    this.#timer ??= setInterval(() => {
      const time = this.#clock();
      this.tick(this.now + Math.min(time - last, MAX_STEP_MS));
      last = time;
    }, TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** How many wait, or may. */
  get size(): number {
    return this.#waiting.size;
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  delete(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  /** Those of one kind who wait, or may. */
  of<T extends Waiting>(kind: abstract new (...args: never) => T): T[] {
    const found: T[] = [];
    this.#waiting.forEach((waiting) => {
      if (waiting instanceof kind) found.push(waiting);
    });
    return found;
  }

  /** The deadline of a wait of `ms` that begins now; never early. */
  after(ms: number): number {
    return this.now + ms + TICK_MS;
  }

  /** Ends the waits whose deadline has come by `now`. */
  tick(now: number): void {
    this.now = now;
    this.#waiting.forEach((waiting) => {
      if (waiting.deadline === 0 || waiting.deadline > now) return;
      waiting.deadline = 0;
      waiting.onDeadline();
    });
    this.#onTick();
  }
}
