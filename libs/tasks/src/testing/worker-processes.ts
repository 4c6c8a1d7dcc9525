import type { TaskPayload } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import { FileDatabase, type TaskDatabase } from './task-database.js';

// Processes run what was built; the build is a dependency of these tests.
const PROCESS = join(import.meta.dirname, 'worker-process.ts');
const START_PATIENCE_MS = 30_000;

/** A worker as a process of its own. */
export interface WorkerProcess {
  /** What it has said, a line each. */
  readonly said: readonly string[];
  /** Of what it has said, the lines of this event. */
  has(event: string): readonly string[];
  kill(signal: NodeJS.Signals): void;
  /** Has it accept a task of each payload. */
  accept(...payloads: readonly TaskPayload[]): void;
  readonly ended: Promise<unknown>;
}

/** A database for all tests of a file, empty at the start of each, and the processes that a test starts on it. */
export class WorkerProcesses {
  readonly #running = new Set<WorkerProcess>();
  readonly #file = new FileDatabase();

  constructor() {
    afterEach(async () => {
      const running = [...this.#running];
      for (const worker of running) worker.kill('SIGKILL');
      await Promise.all(running.map(({ ended }) => ended));
    });
  }

  get database(): TaskDatabase {
    return this.#file.current;
  }

  /** Starts a worker that is ready; its name is its instance unless given. */
  async start(instance: string, taskMs: number, name = instance): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [PROCESS, this.database.url, instance, String(taskMs), name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    createInterface(child.stdout).on('line', (line) => said.push(line));
    // A process that has ended takes no more tasks.
    child.stdin.on('error', () => undefined);
    const worker: WorkerProcess = {
      said,
      has: (event) => said.filter((line) => line.startsWith(`${event} `)),
      kill: (signal) => void child.kill(signal),
      accept: (...payloads) =>
        void child.stdin.write(payloads.map((payload) => `${JSON.stringify(payload)}\n`).join('')),
      ended: once(child, 'exit').finally(() => this.#running.delete(worker)),
    };
    this.#running.add(worker);
    await eventually(() => assert.ok(said.includes('ready')), START_PATIENCE_MS);
    return worker;
  }
}
