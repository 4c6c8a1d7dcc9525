import type { Readable } from 'node:stream';
import { UnavailableException } from '../errors.js';
import { requestContext } from '../request-context.js';
import { EventChannel } from './event-channel.js';
import { HeldBytes } from './held-bytes.js';
import { Pace } from './pace.js';
import type { StreamEvent } from './stream-event.js';

/** Unless told otherwise. */
export const EVENT_STREAMS_DEFAULTS = { maxStreams: 1_000, maxBytes: 32 * 1024 * 1024 } as const;
/** Sooner than any proxy on the way takes the stream for dead. */
const KEEP_ALIVE_MS = 15_000;
const STALL_MS = 60_000;
const RETRY_AFTER_S = 5;

/** What {@link EventStreams} send, and how much of it. */
export interface EventStreamsOptions {
  /**
   * The events of a key: each holds all there is to say, so that the latest is enough. Read once, however many streams share
   * it, and until the signal is aborted.
   */
  readonly source: (key: string, signal: AbortSignal) => AsyncIterable<StreamEvent>;
  /** Most streams at once; 1,000 unless given. */
  readonly maxStreams?: number;
  /** Most bytes of events that wait for clients to take them, an event that many wait for counted once; 32 MiB unless given. */
  readonly maxBytes?: number;
  /** After how long a silence a stream says that it is alive, in milliseconds; 15 s unless given. */
  readonly keepAliveMs?: number;
  /** How long a client may take nothing of what is sent, in milliseconds; then its stream is cut. 60 s unless given. */
  readonly stallMs?: number;
}

/** What there is for a client: a stream, nothing at all, or nothing that it does not have. */
export type Opened = Readable | 'unknown' | 'ended';

/** Event streams of many clients, which share the sources that they read. */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  readonly #held = new HeldBytes();
  readonly #pace = new Pace();
  /** Those whose sources go on, by key, and all that have users. */
  readonly #open = new Map<string, EventChannel>();
  readonly #channels = new Set<EventChannel>();
  #streams = 0;

  constructor(options: EventStreamsOptions) {
    this.#options = { ...EVENT_STREAMS_DEFAULTS, keepAliveMs: KEEP_ALIVE_MS, stallMs: STALL_MS, ...options };
  }

  /** How many streams are open. */
  get count(): number {
    return this.#streams;
  }

  /** How many bytes of events wait for clients to take them. */
  get heldBytes(): number {
    return this.#held.total;
  }

  /**
   * A stream that begins with the latest event, once there is one.
   *
   * @param lastEventId the last event that the client has, by which `ended` is answered where it is the final one
   * @throws UnavailableException (503) beyond the bounds, and as the source does before its first event
   */
  async open(key: string, lastEventId?: string): Promise<Opened> {
    const { maxStreams } = this.#options;
    if (this.#streams >= maxStreams) {
      const error = `Too many event streams are open here (limit ${maxStreams}); try again later`;
      throw new UnavailableException(error, RETRY_AFTER_S);
    }
    const channel = this.#open.get(key) ?? this.#begin(key);
    channel.join();
    this.#streams++;
    const leave = () => {
      this.#streams--;
      channel.leave();
    };
    try {
      const event = await channel.event();
      if (event !== undefined && !(event.isFinal && event.id === lastEventId)) {
        return channel.read().once('close', () => this.#streams--);
      }
      leave();
      return event === undefined ? 'unknown' : 'ended';
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Ends every stream after the latest event. */
  stop(): void {
    for (const channel of this.#channels) channel.stop();
  }

  #begin(key: string): EventChannel {
    const { source, keepAliveMs, stallMs } = this.#options;
    const channel = new EventChannel({
      held: this.#held,
      pace: this.#pace,
      source: (signal) => source(key, signal),
      keepAliveMs,
      stallMs,
      makeRoom: () => this.#makeRoom(),
      onEnded: () => {
        if (this.#open.get(key) === channel) this.#open.delete(key);
      },
      onLeft: () => this.#channels.delete(channel),
    });
    this.#open.set(key, channel);
    this.#channels.add(channel);
    // It outlives the request that began it, and serves others.
    requestContext.exit(() => void channel.run());
    return channel;
  }

  /** Cuts streams whose clients are behind, as few as will do: they come back for the latest event. */
  #makeRoom(): void {
    const { maxBytes } = this.#options;
    for (const channel of this.#channels) {
      for (const reader of channel.behind()) {
        if (this.#held.total <= maxBytes) return;
        reader.cut();
      }
    }
    if (this.#held.total <= maxBytes) return;
    const error = `Too many bytes of events wait for clients (limit ${maxBytes}); try again later`;
    throw new UnavailableException(error, RETRY_AFTER_S);
  }
}
