/** What a {@link StallMeter} knows of one process. */
interface Watched {
  /** How long it has not been heard of, in ms of the ticks. */
  silence: number;
  debugged: boolean;
  paused: boolean;
}

/**
 * Finds out which processes stand still: those that are no longer heard of. It has no clock of its own, and counts no more than one
 * tick for each tick. So a process is not blamed for what kept the launcher itself from reading: a busy machine, Ctrl-Z, a laptop that
 * slept.
 */
export class StallMeter<Process> {
  readonly #timeoutMs: number;
  readonly #tickMs: number;
  readonly #watched = new Map<Process, Watched>();

  /**
   * @param timeoutMs how long a process may not be heard of; 0 for ever
   * @param tickMs how often {@link tick} is called when all is well
   */
  constructor(timeoutMs: number, tickMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#tickMs = tickMs;
  }

  /** The event loop of a process has turned; from the first time on the process is watched, so one that starts slowly never is. */
  heard(process: Process, debugged: boolean): void {
    const paused = this.#watched.get(process)?.paused ?? false;
    this.#watched.set(process, { silence: 0, debugged, paused });
  }

  /** A pause of the process begins or ends by order. */
  pause(process: Process, paused: boolean): void {
    const watched = this.#watched.get(process);
    if (watched !== undefined) this.#watched.set(process, { ...watched, silence: 0, paused });
  }

  /** The process has ended. */
  forget(process: Process): void {
    this.#watched.delete(process);
  }

  /**
   * Time has passed.
   *
   * @param elapsedMs since the last tick
   * @returns the processes that stand still; each is named once
   */
  tick(elapsedMs: number): readonly Process[] {
    if (this.#timeoutMs === 0) return [];
    const stalled: Process[] = [];
    for (const [process, watched] of this.#watched) {
      // With a debugger attached a stand-still may be a breakpoint.
      if (watched.paused || watched.debugged) continue;
      watched.silence += Math.min(elapsedMs, this.#tickMs);
      if (watched.silence < this.#timeoutMs) continue;
      stalled.push(process);
      this.#watched.delete(process);
    }
    return stalled;
  }
}
