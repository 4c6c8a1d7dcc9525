import type { Latest } from './latest.js';
import type { KnownState, TaskState } from './task-states.js';

/** What a reading has found: the state, nothing where there is no such task, or an error, which it throws. */
export type Reading = () => TaskState | undefined;

/** A task that is watched: its latest state, and its watchers. */
export class WatchedTask implements KnownState {
  readonly #watchers = new Set<Latest<Reading>>();
  /** Watchers that have come since the last reading began. */
  #new = new Set<Latest<Reading>>();
  /** Watchers for which the last reading was begun, and that wait for its result. */
  #asking = new Set<Latest<Reading>>();
  #state: TaskState | undefined;
  #payload: Buffer | undefined;

  constructor(readonly task_id: string) {}

  get version(): string | undefined {
    return this.#state?.version;
  }

  get payload(): Buffer | undefined {
    return this.#payload;
  }

  get isAbandoned(): boolean {
    return this.#watchers.size === 0;
  }

  /** A watcher is told the state of the next reading that begins, and then each later one. */
  add(watcher: Latest<Reading>): void {
    this.#watchers.add(watcher);
    this.#new.add(watcher);
  }

  remove(watcher: Latest<Reading>): void {
    this.#watchers.delete(watcher);
    this.#new.delete(watcher);
    this.#asking.delete(watcher);
  }

  beginReading(): void {
    this.#asking = this.#new;
    this.#new = new Set();
  }

  change({ payload, ...state }: TaskState & { readonly payload: Buffer }): void {
    this.#state = state;
    this.#payload = payload;
    this.#asking.clear();
    for (const watcher of this.#watchers) watcher.put(() => state);
  }

  /** All has been read that has changed, or `failure` kept it from that. */
  endReading(failure?: unknown): void {
    const state = this.#state;
    const reading = (): TaskState | undefined => {
      if (failure !== undefined) throw failure;
      return state;
    };
    for (const watcher of this.#asking) watcher.put(reading);
    this.#asking.clear();
  }
}
