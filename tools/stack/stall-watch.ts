import type { Heartbeat } from '@balanza/runtime';
import type { ChildProcess } from 'node:child_process';
import { StallMeter } from './stall-meter.ts';

const TICK_MS = 1_000;

/** Kills processes whose event loop does not turn, as far as their heartbeats tell (`startHeartbeat` of the runtime). */
export class StallWatch {
  readonly #meter: StallMeter<ChildProcess>;
  readonly #onStall: (child: ChildProcess) => void;
  #ticker: NodeJS.Timeout | undefined;

  /**
   * @param timeoutMs how long an event loop may stand still; 0 for ever
   * @param onStall hears of a process before it is killed
   */
  constructor(timeoutMs: number, onStall: (child: ChildProcess) => void) {
    this.#meter = new StallMeter(timeoutMs, TICK_MS);
    this.#onStall = onStall;
  }

  /** Call it once. */
  start(): void {
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      for (const child of this.#meter.tick(now - last)) {
        this.#onStall(child);
        // Neither a loop that spins nor a process that was stopped heeds anything else.
        child.kill('SIGKILL');
      }
      last = now;
    };
    this.#ticker = setInterval(tick, TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  /** Watches a process from its first heartbeat to its end. It has to have an IPC channel. */
  watch(child: ChildProcess): void {
    child.on('message', (message) => {
      if (isHeartbeat(message)) this.#meter.heard(child, message.debugged);
    });
    child.once('exit', () => this.#meter.forget(child));
  }

  /**
   * Stops a process, or has it go on: a pause that is ordered here is no stall.
   *
   * @returns whether it was there
   */
  pause(child: ChildProcess, paused: boolean): boolean {
    this.#meter.pause(child, paused);
    return child.kill(paused ? 'SIGSTOP' : 'SIGCONT');
  }
}

function isHeartbeat(message: unknown): message is Heartbeat {
  return (message as Partial<Heartbeat> | null)?.type === 'balanza:heartbeat';
}
