import { type ChildProcess, spawn } from 'node:child_process';
import type { Command } from './command.ts';
import { pinned } from './cores.ts';

/** How long a process may take to end before it is killed, in ms. */
const GRACE_MS = 2_000;
/** How much is kept of what a process prints, in characters. */
const MAX_OUTPUT = 100_000;

/** A started process. */
export interface Started {
  readonly pid: number;
  /** What it has printed so far, up to {@link MAX_OUTPUT} characters. */
  readonly output: () => string;
  readonly hasEnded: () => boolean;
}

/** The processes that the benchmark started. It ends them, each by its own id, and no other. */
export class Processes {
  readonly #children = new Map<number, ChildProcess>();
  #closed = false;

  /** @throws Error when the program cannot be started */
  async start(command: Command, cores: string): Promise<Started> {
    const { pid, child, output } = await this.#spawn(command, cores);
    return { pid, output, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
  }

  /**
   * Runs a program to its end and gives what it printed.
   *
   * @throws Error when it fails, or takes longer than `timeoutMs`
   */
  async run(command: Command, cores: string, timeoutMs: number): Promise<string> {
    const { child, output } = await this.#spawn(command, cores);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    if (child.exitCode === 0) return output();
    throw new Error(`${command.file} ended with ${child.exitCode ?? child.signalCode}: ${output()}`);
  }

  /** Ends one process; resolves when it is gone. */
  async stop(pid: number): Promise<void> {
    const child = this.#children.get(pid);
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // nginx ends its workers when it is asked to end, and leaves them behind when it is killed.
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await gone;
    clearTimeout(timer);
  }

  /** Ends every process, and starts no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#children.keys()].map((pid) => this.stop(pid)));
  }

  async #spawn(command: Command, cores: string) {
    if (this.#closed) throw new Error('the benchmark is ending');
    const { file, args, env } = pinned(command, cores);
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(0, MAX_OUTPUT);
      });
    }
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    const { pid } = child;
    if (pid === undefined) throw new Error(`${file} has no process id`);
    this.#children.set(pid, child);
    child.once('exit', () => this.#children.delete(pid));
    return { pid, child, output: () => printed };
  }
}
