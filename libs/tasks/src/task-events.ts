import type { Task } from '@balanza/contracts';
import { isFinal } from '@balanza/contracts';
import type { DatabasePool } from '@balanza/postgres';
import { TooManyWatchersError } from './errors.js';
import { Latest } from './latest.js';
import { Notifications } from './notifications.js';
import type { TaskStore } from './task-store.js';

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
  readonly store: TaskStore;
  /** Names this process: what it says itself it does not hear. */
  readonly instance: string;
  readonly maxWatchers?: number;
}

type Watcher = (task: Task) => void;

/**
 * Tells the other processes which tasks have changed, and those who watch a task what has become of it. One connection
 * listens for everybody, and changes are read for all watchers at once.
 */
export class TaskEvents {
  readonly #options: TaskEventsOptions;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #notifications: Notifications;
  #changed = new Set<string>();
  #toTell = new Set<string>();
  #watched = 0;
  #tellTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #reading = false;
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
    this.#tellTimer ??= setTimeout(() => void this.#tell(), TELL_EVERY_MS);
  }

  /**
   * The task as it is, and then as it becomes with each change, until it has ended. Changes that come close together may be
   * told as one.
   *
   * @param signal aborted to watch no longer
   * @returns nothing when there is no such task
   * @throws TooManyWatchersError, and as the store does
   */
  async *watch(taskId: string, signal: AbortSignal): AsyncGenerator<Task, void> {
    const { maxWatchers = DEFAULT_MAX_WATCHERS, store } = this.#options;
    if (this.#watched >= maxWatchers) throw new TooManyWatchersError(maxWatchers);
    const changes = new Latest<Task>();
    const stop = this.#subscribe(taskId, (task) => changes.put(task));
    try {
      let told = '';
      let task = await store.get(taskId);
      while (task !== undefined && !signal.aborted) {
        const state = JSON.stringify(task);
        if (state !== told) yield task;
        if (isFinal(task.status)) return;
        told = state;
        task = await changes.take(signal);
      }
    } finally {
      stop();
    }
  }

  #subscribe(taskId: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(taskId) ?? new Set();
    this.#watchers.set(taskId, watchers.add(watcher));
    this.#watched++;
    return () => {
      this.#watched--;
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(taskId) === watchers) this.#watchers.delete(taskId);
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
    for (const id of this.#watchers.keys()) this.#look(id);
  }

  #look(taskId: string): void {
    if (!this.#watchers.has(taskId)) return;
    this.#changed.add(taskId);
    if (!this.#reading) void this.#read();
  }

  /** Reads what has changed; what changes meanwhile is read together afterwards. */
  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#changed.size > 0) {
      const ids = [...this.#changed];
      this.#changed = new Set();
      // While the database is away, nothing changes; the next look finds what has.
      const tasks = await this.#options.store.getAll(ids).catch(() => []);
      for (const task of tasks) for (const watcher of this.#watchers.get(task.task_id) ?? []) watcher(task);
    }
    this.#reading = false;
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
