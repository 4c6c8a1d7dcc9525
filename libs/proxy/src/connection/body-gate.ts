import type { BodyLimits } from '../body-limits.js';
import { ChunkedScanner } from '../message/chunked-scanner.js';
import type { Framing } from '../message/framing.js';
import type { MessageLimits } from '../message/message-error.js';
import type { BodyMemory } from './body-memory.js';

/** What the gates of one thread share. */
export interface GateSettings {
  readonly limits: MessageLimits;
  readonly bodies: BodyLimits;
  /** What is read ahead behind closed gates. */
  readonly aheadMemory: BodyMemory;
  /** As much of it as this thread may use, in bytes. */
  readonly aheadTotal: number;
}

/**
 * Keeps a request from its backend until the body is there, or as much of it as is read ahead: a client that sends slowly
 * holds a connection and the bytes that it sent, but no place at a backend. One per client connection; looks only, the
 * bytes stay where they are.
 */
export class BodyGate {
  readonly #settings: GateSettings;
  #chunks: ChunkedScanner | undefined;
  #chunked = false;
  #closed = false;
  /** Bytes of the body, where it does not come in chunks. */
  #length = 0;
  /** The gate has opened as all of the body is there. */
  #whole = false;
  /** Bytes of the body that open the gate. */
  #wanted = 0;
  /** For so many bytes memory is taken. */
  #seen = 0;

  constructor(settings: GateSettings) {
    this.#settings = settings;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether all of the body was there when the gate opened. */
  get isWhole(): boolean {
    return this.#whole;
  }

  /** Bytes of the body that were there at the last look. */
  get seen(): number {
    return this.#seen;
  }

  /** A request begins whose body ends as `framing` says, and of which nothing was seen. */
  close({ chunked, contentLength }: Framing): void {
    const { bodies, limits } = this.#settings;
    this.#closed = true;
    this.#whole = false;
    this.#chunked = chunked;
    this.#length = contentLength;
    this.#wanted = chunked ? bodies.bufferBytes : Math.min(contentLength, bodies.bufferBytes);
    if (!chunked) return;
    this.#chunks ??= new ChunkedScanner(limits);
    this.#chunks.reset();
  }

  /**
   * Looks at all that is there of the body, `bytes[start..end)`, which each time begins with what was there before.
   *
   * @returns whether the gate is open now: enough is there, or there is no room for more
   * @throws MessageError for chunks that are none
   */
  opens(bytes: Uint8Array, start: number, end: number): boolean {
    const { aheadMemory, aheadTotal } = this.#settings;
    const there = end - start;
    const before = this.#seen;
    this.#whole = this.#sees(bytes, start + before, end, there);
    if (this.#whole || there >= this.#wanted) this.open();
    else if (aheadMemory.take(there - before, aheadTotal)) this.#seen = there;
    else this.open();
    return !this.#closed;
  }

  /** Nothing is kept back any more. Idempotent. */
  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#settings.aheadMemory.give(this.#seen);
    this.#seen = 0;
  }

  /** Whether the body ends in what is there, of which `bytes[start..end)` is new. */
  #sees(bytes: Uint8Array, start: number, end: number, there: number): boolean {
    if (!this.#chunked || this.#chunks === undefined) return there >= this.#length;
    this.#chunks.scan(bytes, start, end);
    return this.#chunks.done;
  }
}
