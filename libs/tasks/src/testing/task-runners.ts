import type { Task, TaskPayload } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import assert from 'node:assert/strict';
import { afterEach } from 'vitest';
import { TaskDefinitions, type TaskContext, type TaskDefinition } from '../task-definition.js';
import { TaskRunner } from '../task-runner.js';
import type { TaskRunnerOptions } from '../task-runner-options.js';
import { FileDatabase, type TaskDatabase } from './task-database.js';

export type Handle = TaskDefinition['handle'];
export type RunnerOptions = Partial<TaskRunnerOptions> & { readonly name?: string; readonly handle?: Handle };

/** Longest that anything takes that a test waits for: it may have to be told by a renewal, or by two. */
const PATIENCE_MS = 15_000;

/** A database for all tests of a file, empty at the start of each, and the runners that a test starts in it. */
export class TaskRunners {
  readonly #runners: TaskRunner[] = [];
  readonly #file = new FileDatabase();

  constructor() {
    afterEach(async () => {
      await Promise.all(this.#runners.splice(0).map((runner) => runner.stop(0)));
    });
  }

  get database(): TaskDatabase {
    return this.#file.current;
  }

  get store(): TaskDatabase['store'] {
    return this.database.store;
  }

  /** One that has not been started; it does nothing with its tasks, and retries at once, unless told otherwise. */
  create({ name, handle = async () => 'done', instance = 'aaaaaaaa', ...options }: RunnerOptions = {}) {
    const runner = new TaskRunner({
      ...this.database.stores(instance, name),
      instance,
      definitions: new TaskDefinitions({ handle }),
      retryDelay: { firstMs: 1, maxMs: 1 },
      ...options,
    });
    this.#runners.push(runner);
    return runner;
  }

  async start(options: RunnerOptions = {}): Promise<TaskRunner> {
    const runner = this.create(options);
    await runner.start();
    assert.ok(runner.ready);
    return runner;
  }

  statuses(ids: readonly string[]): Promise<(Task['status'] | undefined)[]> {
    return Promise.all(ids.map(async (id) => (await this.store.get(id))?.status));
  }

  /** Waits until the task has these members, and gives it. */
  async becomes(id: string, members: Partial<Task>): Promise<Task | undefined> {
    return eventually(async () => {
      const task = await this.store.get(id);
      assert.partialDeepStrictEqual(task, members);
      return task;
    }, PATIENCE_MS);
  }

  /** How many tasks wait. */
  async waiting(): Promise<number> {
    return (await this.store.list({ status: 'queued', limit: 100 })).tasks.length;
  }
}

/** Waits until a runner has nothing in hand. */
export async function idle(runner: TaskRunner): Promise<void> {
  await eventually(() => assert.equal(runner.activeTasks, 0), PATIENCE_MS);
}

export async function accept(runner: TaskRunner, payload: TaskPayload = {}, key?: string): Promise<string> {
  return (await runner.accept(payload, key)).task_id;
}

export function acceptAll(runner: TaskRunner, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => accept(runner, { n })));
}

/** Work that lasts until the test lets it end. */
export function gate() {
  const started: TaskContext[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const handle = async (_payload: TaskPayload, context: TaskContext) => {
    started.push(context);
    await opened;
    return 'done';
  };
  return { started, open, handle };
}
