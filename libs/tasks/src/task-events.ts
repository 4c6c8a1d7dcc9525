import { isFinal, taskId as taskIdSchema } from '@balanza/contracts';
import type { DatabasePool } from '@balanza/postgres';
import { AsyncLocalStorage } from 'node:async_hooks';
import { TooManyWatchersError } from './errors.js';
import { Latest } from './latest.js';
import { Notifications } from './notifications.js';
import { readStates, type TaskState } from './task-states.js';
import { WatchedTask, type Reading } from './watched-task.js';

/** Most tasks that are watched at once through one worker. */
export const DEFAULT_MAX_WATCHERS = 1_000;
/** Changes of this many milliseconds are told together, and most ids in one notification: its payload ends at 8000 bytes. */
const TELL_EVERY_MS = 20;
const IDS_PER_NOTIFICATION = 200;
/** How often all that is watched is read without a notification, in case one was lost. */
const LOOK_EVERY_MS = 5_000;

/** What a {@link TaskEvents} tells by. */
export interface TaskEventsOptions {
  /** `postgres://user:password@host:port/database`, for the connection that listens. */
  readonly url: string;
  readonly pool: DatabasePool;
  /** Names this process: what it says itself it does not hear. */
  readonly instance: string;
  readonly maxWatchers?: number;
}

/**
 * Tells the other processes which tasks have changed, and the watchers of a task what has become of it. One connection
 * listens for all tasks, and a change is read and made into JSON once, for all watchers.
 */
export class TaskEvents {
  readonly #options: TaskEventsOptions;
  readonly #tasks = new Map<string, WatchedTask>();
  readonly #notifications: Notifications;
  #changed = new Set<string>();
  #toTell = new Set<string>();
  #watched = 0;
  #tellTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #reading = false;
  /** What is done for many requests is done in the context of none: its log lines would carry the id of the first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #onForeign: (taskId: string) => void = () => undefined;

  constructor(options: TaskEventsOptions) {
    this.#options = options;
    this.#notifications = new Notifications(options.url, {
      onMessage: (message) => this.#hear(message),
      // What was said in between was not heard.
      onConnected: () => this.#lookAtAll(),
    });
  }

  start(): void {
    this.#notifications.start();
    this.#lookTimer ??= setInterval(() => this.#lookAtAll(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#tellTimer);
    clearInterval(this.#lookTimer);
    await this.#tell();
    await this.#notifications.stop();
  }

  /** Who hears of tasks that another process has changed. */
  onForeign(listener: (taskId: string) => void): void {
    this.#onForeign = listener;
  }

  /** A task has changed here. */
  publish(taskId: string): void {
    this.#look(taskId);
    this.#toTell.add(taskId);
    this.#tellTimer ??= this.#outside(setTimeout, () => void this.#tell(), TELL_EVERY_MS);
  }

  /**
   * The task as it is, and then as it becomes with each change, until it has ended. Changes that come close together may be
   * told as one, and a watcher that does not take one misses it when there is a later one.
   *
   * @param signal aborted to watch no longer
   * @returns nothing when there is no such task
   * @throws TooManyWatchersError, and DatabaseUnavailableError or PoolBusyError when the database cannot serve now
   */
  async *watch(taskId: string, signal: AbortSignal): AsyncGenerator<TaskState, void> {
    const { maxWatchers = DEFAULT_MAX_WATCHERS } = this.#options;
    if (!taskIdSchema.safeParse(taskId).success) return;
    if (this.#watched >= maxWatchers) throw new TooManyWatchersError(maxWatchers);
    const changes = new Latest<Reading>();
    const stop = this.#subscribe(taskId, changes);
    try {
      let told = '';
      for (;;) {
        const state = (await changes.take(signal))?.();
        if (state === undefined) return;
        if (state.version !== told) yield state;
        if (isFinal(state.status)) return;
        told = state.version;
      }
    } finally {
      stop();
    }
  }

  #subscribe(taskId: string, watcher: Latest<Reading>): () => void {
    const task = this.#tasks.get(taskId) ?? new WatchedTask(taskId);
    this.#tasks.set(taskId, task);
    task.add(watcher);
    this.#watched++;
    this.#look(taskId);
    return () => {
      this.#watched--;
      task.remove(watcher);
      if (task.isAbandoned && this.#tasks.get(taskId) === task) this.#tasks.delete(taskId);
    };
  }

  #hear(message: string): void {
    const [instance, ...ids] = message.split(' ');
    if (instance === this.#options.instance) return;
    for (const id of ids) {
      this.#look(id);
      this.#onForeign(id);
    }
  }

  #lookAtAll(): void {
    for (const id of this.#tasks.keys()) this.#look(id);
  }

  #look(taskId: string): void {
    if (!this.#tasks.has(taskId)) return;
    this.#changed.add(taskId);
    if (!this.#reading) void this.#outside(() => this.#read());
  }

  /** Reads what has changed; what changes meanwhile is read together afterwards. */
  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#changed.size > 0) {
      const ids = [...this.#changed];
      this.#changed = new Set();
      await this.#readAll(ids.flatMap((id) => this.#tasks.get(id) ?? []));
    }
    this.#reading = false;
  }

  async #readAll(tasks: readonly WatchedTask[]): Promise<void> {
    const byId = new Map(tasks.map((task) => [task.task_id, task]));
    for (const task of tasks) task.beginReading();
    try {
      for (let more = true; more;) {
        const read = await readStates(this.#options.pool, tasks);
        for (const state of read.changed) byId.get(state.task_id)?.change(state);
        ({ more } = read);
      }
      for (const task of tasks) task.endReading();
    } catch (error) {
      // A watcher that has a state waits: the next look finds what has become of it.
      for (const task of tasks) task.endReading(error);
    }
  }

  async #tell(): Promise<void> {
    this.#tellTimer = undefined;
    const ids = [...this.#toTell];
    this.#toTell = new Set();
    const messages: string[] = [];
    for (let at = 0; at < ids.length; at += IDS_PER_NOTIFICATION) {
      messages.push([this.#options.instance, ...ids.slice(at, at + IDS_PER_NOTIFICATION)].join(' '));
    }
    // Not part of the transactions that change tasks: those would commit one after the other. What is lost is looked up.
    if (messages.length > 0) await this.#notifications.send(this.#options.pool, messages);
  }
}
