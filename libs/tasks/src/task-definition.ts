import type { TaskPayload } from '@balanza/contracts';
import type { z } from 'zod';
import type { Attempt } from './attempt.js';

/** What a handler knows of the attempt that it carries out. */
export interface TaskContext extends Attempt {
  /**
   * Aborted when the work is for nothing: the task was cancelled or taken over, its time is up, or the worker ends. What
   * the handler still returns then counts for nothing, so it should stop: it keeps its place until it does.
   */
  readonly signal: AbortSignal;
  /** Tells how far the work is, from 0 to 1. Written and told at most four times a second; what is in between
   * is left out, but never the last word of an attempt that ends the task. */
  readonly progress: (fraction: number) => void;
}

/** How tasks of one name are done. */
export interface TaskDefinition<Payload = TaskPayload, Result = unknown> {
  /** What it needs of the payload. A task with another payload fails without another attempt. */
  readonly payload?: z.ZodType<Payload>;
  /** What it promises to return. */
  readonly result?: z.ZodType<Result>;
  /** How often a task that failed is tried again; the worker's setting unless given. */
  readonly retries?: number;
  /** Longest that an attempt may take, in seconds, of any length; the worker's setting unless given. */
  readonly timeLimitS?: number;
  /**
   * Does the work; what it returns becomes the result, what it throws the error. It may run again for the same task, when
   * its worker was lost or its end could not be written, so that what it does must bear repeating.
   */
  handle(payload: Payload, context: TaskContext): Promise<Result>;
}

/** The handlers by name, and the one for tasks of no or another name. */
export class TaskDefinitions {
  readonly #byName = new Map<string, TaskDefinition>();
  readonly #fallback: TaskDefinition;

  constructor(fallback: TaskDefinition) {
    this.#fallback = fallback;
  }

  /** @throws Error when the name is taken */
  add(name: string, definition: TaskDefinition): void {
    if (this.#byName.has(name)) throw new Error(`There are two handlers of the task ${JSON.stringify(name)}`);
    this.#byName.set(name, definition);
  }

  /** The name that the member `task` of the payload has, where there is a handler of it; else the empty text. */
  nameOf(payload: TaskPayload): string {
    const { task } = Object(payload) as { readonly task?: unknown };
    return typeof task === 'string' && this.#byName.has(task) ? task : '';
  }

  /** The one that the member `task` of the payload names; a payload may be any JSON where others write the table. */
  find(payload: TaskPayload): TaskDefinition {
    return this.#byName.get(this.nameOf(payload)) ?? this.#fallback;
  }
}
