import { UnavailableException } from '../errors.js';
import { EventReader } from './event-reader.js';
import type { HeldBytes } from './held-bytes.js';
import type { Pace } from './pace.js';
import type { StreamEvent } from './stream-event.js';

/** What an {@link EventChannel} reads, and what it keeps to. */
export interface EventChannelOptions {
  readonly held: HeldBytes;
  readonly pace: Pace;
  readonly source: (signal: AbortSignal) => AsyncIterable<StreamEvent>;
  readonly keepAliveMs: number;
  readonly stallMs: number;
  /** Makes room for an event that is counted already. @throws Error where there is none: the channel ends with it */
  readonly makeRoom: () => void;
  /** Called once, when nothing more comes. */
  readonly onEnded: () => void;
  /** Called once, when the last user has left. */
  readonly onLeft: () => void;
}

/** One source of events, its latest event, and the streams that read it. It is read for as long as it has users. */
export class EventChannel {
  readonly #options: EventChannelOptions;
  readonly #readers = new Set<EventReader>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<StreamEvent | undefined>();
  #latest: StreamEvent | undefined;
  #hasEnded = false;
  #users = 0;

  constructor(options: EventChannelOptions) {
    this.#options = options;
    // Its users hear of it.
    this.#first.promise.catch(() => undefined);
  }

  /** The latest event, as soon as there is one; `undefined` where the source has none. @throws as the source does */
  async event(): Promise<StreamEvent | undefined> {
    return (await this.#first.promise) && this.#latest;
  }

  /** Counts a user; {@link leave} takes that back. */
  join(): void {
    this.#users++;
  }

  leave(): void {
    if (--this.#users > 0) return;
    this.stop();
    this.#end();
    this.#options.held.release(this.#latest?.pieces ?? []);
    this.#options.onLeft();
  }

  /** The stream of a user that has joined; it leaves when the stream ends. */
  read(): EventReader {
    const { held, pace, keepAliveMs, stallMs } = this.#options;
    const onClosed = (reader: EventReader) => {
      this.#readers.delete(reader);
      this.leave();
    };
    const reader = new EventReader({ held, pace, keepAliveMs, stallMs, onClosed });
    this.#readers.add(reader);
    if (this.#latest !== undefined) reader.put(this.#latest);
    if (this.#hasEnded) reader.finish();
    return reader;
  }

  /** Reads the source until it ends. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const event of this.#options.source(signal)) {
        if (signal.aborted) break;
        this.#take(event);
      }
      this.#end();
    } catch (error) {
      this.#end();
      if (!signal.aborted) this.#fail(error);
    }
    if (signal.aborted) this.#first.reject(new UnavailableException('This process is ending; try again'));
    this.#first.resolve(undefined);
    for (const reader of this.#readers) reader.finish();
  }

  /** Reads no more: the streams end after the latest event. */
  stop(): void {
    this.#stop.abort();
  }

  /** The streams whose clients have yet to take an event that is not the latest any more. */
  behind(): readonly EventReader[] {
    return [...this.#readers].filter((reader) => reader.isBehind(this.#latest));
  }

  #take(event: StreamEvent): void {
    const { held, makeRoom } = this.#options;
    const before = this.#latest;
    held.retain(event.pieces);
    this.#latest = event;
    if (before !== undefined) held.release(before.pieces);
    makeRoom();
    for (const reader of this.#readers) reader.put(event);
    this.#first.resolve(event);
  }

  #fail(error: unknown): void {
    this.#first.reject(error);
    for (const reader of this.#readers) reader.cut();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnded();
  }
}
