import { Readable } from 'node:stream';
import type { HeldBytes } from './held-bytes.js';
import type { Pace } from './pace.js';
import type { StreamEvent } from './stream-event.js';

/** How long a client waits before it comes back when the stream breaks off, in milliseconds. */
const RETRY_MS = 1_000;
const PREAMBLE = Buffer.from(`retry: ${RETRY_MS}\n\n`);
const STILL_HERE = Buffer.from(': still here\n\n');
/** Most bytes that are handed to the connection at once. */
const SLICE_BYTES = 65_536;

/** What an {@link EventReader} goes by. */
export interface EventReaderOptions {
  readonly held: HeldBytes;
  readonly pace: Pace;
  /** After how long a silence the stream says that it is alive, in milliseconds. */
  readonly keepAliveMs: number;
  /** How long the client may take for {@link SLICE_BYTES}, in milliseconds; then the stream is cut. */
  readonly stallMs: number;
  /** Called once, when the reader needs no more events. */
  readonly onClosed: (reader: EventReader) => void;
}

/**
 * The stream of one client. It gives the next bytes only when the client has taken those before, and an event only when the one
 * before has been taken whole: a client that reads slowly gets the latest event then, and none of those in between. Of the event
 * that is under way it holds a reference, no copy.
 */
export class EventReader extends Readable {
  readonly #options: EventReaderOptions;
  #pieces: Buffer[] = [PREAMBLE];
  /** The event whose bytes are under way. */
  #sending: StreamEvent | undefined;
  #next: StreamEvent | undefined;
  #isFinished = false;
  #isClosed = false;
  #isWaiting = false;
  readonly #step = () => this.#give();
  /** Until the stream says that it is alive, or is cut. */
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventReaderOptions) {
    // Nothing is read ahead: what waits in a buffer would not be the latest any more.
    super({ highWaterMark: 0 });
    this.#options = options;
  }

  /** Whether the client has yet to take an event that is not this one. */
  isBehind(latest: StreamEvent | undefined): boolean {
    return this.#sending !== undefined && this.#sending !== latest;
  }

  /** The event to be sent next, in place of one that waits. The caller retains it for as long as it waits. */
  put(event: StreamEvent): void {
    this.#next = event;
    this.#goOn();
  }

  /** Ends the stream after what has been put. */
  finish(): void {
    this.#isFinished = true;
    this.#goOn();
  }

  /** Cuts the stream, also in the middle of an event. */
  cut(): void {
    this.#close();
    this.destroy();
  }

  override _read(): void {
    this.#options.pace.run(this.#step);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#close();
    done(error);
  }

  /** Gives the next bytes, or waits for some. @returns how many they are */
  #give(): number {
    clearTimeout(this.#timer);
    const { keepAliveMs, stallMs } = this.#options;
    const slice = this.#slice();
    if (slice !== undefined) {
      this.#timer = setTimeout(() => this.cut(), stallMs);
      this.push(slice);
      return slice.length;
    }
    if (this.#isFinished || this.#isClosed) {
      this.#close();
      this.push(null);
      return 0;
    }
    this.#isWaiting = true;
    this.#timer = setTimeout(() => {
      this.#isWaiting = false;
      this.push(STILL_HERE);
    }, keepAliveMs);
    return 0;
  }

  /** The next bytes of the event that is under way, or else of the latest one. */
  #slice(): Buffer | undefined {
    const [piece] = this.#pieces.length > 0 ? this.#pieces : this.#begin();
    if (piece === undefined) return undefined;
    const rest = piece.subarray(SLICE_BYTES);
    this.#pieces.splice(0, 1, ...(rest.length > 0 ? [rest] : []));
    return piece.subarray(0, SLICE_BYTES);
  }

  #begin(): readonly Buffer[] {
    this.#letGo();
    this.#sending = this.#next;
    this.#next = undefined;
    const pieces = this.#sending?.pieces ?? [];
    this.#options.held.retain(pieces);
    this.#pieces = [...pieces];
    return pieces;
  }

  #goOn(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#options.pace.run(this.#step);
  }

  #letGo(): void {
    if (this.#sending !== undefined) this.#options.held.release(this.#sending.pieces);
    this.#sending = undefined;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    this.#pieces = [];
    this.#next = undefined;
    this.#letGo();
    this.#options.onClosed(this);
  }
}
