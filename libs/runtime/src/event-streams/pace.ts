/** Most bytes that are handed to connections in one turn of the event loop. */
const BYTES_PER_TURN = 1024 * 1024;
/** What a step costs at least: it is work, too, where it hands over few bytes. */
const LEAST_BYTES = 4_096;

/** Hands some bytes over, and returns how many. */
type Step = () => number;

/**
 * Divides the writing to many connections among the turns of the event loop, so that a large event for hundreds of clients keeps no
 * request waiting: the system takes a connection's bytes at once, and Node would write to all of them in one turn.
 */
export class Pace {
  #left = BYTES_PER_TURN;
  #waiting: Step[] = [];
  #isScheduled = false;
  #isStepping = false;

  /** Takes a step now, or in a later turn, in the order in which they came. */
  run(step: Step): void {
    this.#schedule();
    if (this.#left > 0 && this.#waiting.length === 0 && !this.#isStepping) this.#take(step);
    else this.#waiting.push(step);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#left = BYTES_PER_TURN;
    let taken = 0;
    // What a step brings about waits behind the others.
    const steps = this.#waiting;
    while (taken < steps.length && this.#left > 0) this.#take(steps[taken++]);
    this.#waiting = steps.slice(taken);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #take(step: Step | undefined): void {
    this.#isStepping = true;
    const bytes = step?.() ?? 0;
    this.#isStepping = false;
    this.#left -= Math.max(LEAST_BYTES, bytes);
  }
}
