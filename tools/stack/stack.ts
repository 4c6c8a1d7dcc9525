import type { EndOrder } from '@balanza/runtime';
import { createConcurrently, LogError, LogExit, Logger, LogOutput } from 'concurrently';
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { endProcesses } from './end-processes.ts';
import { KeepRunning } from './keep-running.ts';
import { LastLines } from './last-lines.ts';
import { argumentsOf, type Replica } from './replicas.ts';
import { StallWatch } from './stall-watch.ts';
import { removeRecord, writeRecord, type StartedReplica } from '../setup/run-record.mjs';
import { whileRead } from './while-read.ts';
import { ROOT } from './workspace.ts';

/** How long a process that ended stays down, in ms: short of the 2 s that it may take, long enough not to spin. */
const RESTART_DELAY_MS = 500;
/** How long the output of a process that has ended may stay open, in ms, as where another process has taken it over. */
const REPORT_TIMEOUT_MS = 1_000;
const COLORS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'gray', 'red', 'white'];

/** What a {@link Stack} is made of. */
export interface StackOptions {
  readonly replicas: readonly Replica[];
  /** Where the record of what runs is kept. */
  readonly runDirectory: string;
  /** The PostgreSQL that the database service owns, if this stack has one. */
  readonly dataDirectory: string | undefined;
  /** Variables of every process, beyond those of this one. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long the event loop of a process may stand still before it is killed, in ms; 0 for ever. */
  readonly stallTimeoutMs: number;
  /** Hears of each process that is killed for that. */
  onStall(replica: StartedReplica): void;
  /** Hears of each process that ends while the stack is not being stopped. */
  onDeath(death: Death): void;
}

/** The end of a process that nobody here asked for. */
export interface Death {
  readonly replica: Replica;
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly lastOutput: LastLines;
}

/** Processes that are started again whenever they end, until they are stopped together. */
export class Stack {
  readonly #options: StackOptions;
  readonly #running = new Map<ChildProcess, StartedReplica>();
  readonly #stalls: StallWatch;
  #stopping: Promise<readonly string[]> | undefined;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.stallTimeoutMs, (child) => {
      const replica = this.#running.get(child);
      if (replica !== undefined) options.onStall(replica);
    });
  }

  /** Starts everything. Call it once. */
  start(): void {
    const { replicas, environment } = this.#options;
    const logger = new Logger({ hide: [] });
    logger.setPrefixLength(Math.max(...replicas.map(({ name }) => name.length)));
    const apps = [...new Set(replicas.map(({ app }) => app))];
    const { result } = createConcurrently(
      replicas.map(({ name, port, app }) => ({
        name,
        command: name,
        env: { ...environment, PORT: String(port) },
        prefixColor: COLORS[apps.indexOf(app)] ?? 'reset',
      })),
      {
        logger,
        outputStream: whileRead(process.stdout),
        cwd: ROOT,
        spawn: (name, options) => this.#spawn(name, options),
        controllers: [
          new LogError({ logger }),
          new LogOutput({ logger }),
          new LogExit({ logger }),
          new KeepRunning({
            logger,
            delay: RESTART_DELAY_MS,
            isStopping: () => this.#stopping !== undefined,
          }),
        ],
      },
    );
    // That all have ended at one moment, and not well, is nothing to concurrently's result: they are started again.
    result.catch(() => undefined);
    this.#stalls.start();
  }

  /**
   * Stops a process until it is told to go on. It is not taken for one that hangs.
   *
   * @param name such as `worker:5005`
   * @returns whether there is such a process
   */
  pause(name: string, paused: boolean): boolean {
    for (const [child, replica] of this.#running) {
      if (replica.name === name) return this.#stalls.pause(child, paused);
    }
    return false;
  }

  /**
   * Ends everything within 10 s; calls after the first wait for the same end.
   *
   * @returns the names of those that had to be killed
   */
  stop(): Promise<readonly string[]> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<readonly string[]> {
    this.#stalls.stop();
    const { dataDirectory, runDirectory } = this.#options;
    // Their ends are reported when their output has closed, a moment after they have ended.
    const reported = Promise.allSettled([...this.#running.keys()].map((child) => once(child, 'close')));
    try {
      const killed = await endProcesses([...this.#running.values()], dataDirectory, (pid) =>
        this.#endInOrder(pid),
      );
      await Promise.race([reported, setTimeout(REPORT_TIMEOUT_MS, undefined, { ref: false })]);
      return killed;
    } finally {
      removeRecord(runDirectory, process.pid);
    }
  }

  /** By message, as Windows has no signals. A process that is still loading finds it as soon as it listens. */
  #endInOrder(pid: number): void {
    const child = [...this.#running.keys()].find((candidate) => candidate.pid === pid);
    const order: EndOrder = { type: 'balanza:end', signal: 'SIGINT' };
    // That it has ended meanwhile is fine.
    if (child?.connected === true) child.send(order, () => undefined);
  }

  #spawn(name: string, options: SpawnOptions): ChildProcess {
    const replica = this.#options.replicas.find((candidate) => candidate.name === name);
    if (replica === undefined) throw new Error(`There is no process called ${name}`);
    const args = argumentsOf(replica.app);
    const child = spawn(process.execPath, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a group of its own, so that Ctrl-C reaches the launcher alone, which ends the others in order.
      detached: process.platform !== 'win32',
    });
    this.#stalls.watch(child);
    const output = new LastLines();
    child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
    child.once('close', (exitCode) => {
      this.#running.delete(child);
      if (this.#stopping === undefined) this.#options.onDeath({ replica, exitCode, lastOutput: output });
    });
    if (child.pid !== undefined) {
      const command = [process.execPath, ...args].join(' ');
      this.#running.set(child, { name, pid: child.pid, command });
      this.#record();
    }
    return child;
  }

  #record(): void {
    const { runDirectory, dataDirectory } = this.#options;
    writeRecord(runDirectory, {
      launcher: process.pid,
      replicas: [...this.#running.values()],
      ...(dataDirectory === undefined ? {} : { dataDirectory }),
    });
  }
}
