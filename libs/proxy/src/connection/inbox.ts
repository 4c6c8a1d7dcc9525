import { INCOMPLETE } from '../message/head-scanner.js';

/** Who reads what an {@link Inbox} holds. */
export interface InboxOwner {
  /** Takes some of `bytes[at..end)`. @returns where to go on, or {@link INCOMPLETE} when it can use none of it now */
  read(bytes: Buffer, at: number, end: number): number;
  /** Whether something can be read now that `fresh` has come, behind what was kept; `total` is both together. */
  canRead(fresh: Buffer, total: number): boolean;
  /** Something had to be kept. */
  onKept(): void;
}

/** Of bytes that cannot be used yet about so much is kept. */
const MAX_KEPT_BYTES = 65_536;
/** Room for what is likely to follow the first bytes. */
const FIRST_ROOM = 256;

/** Bytes that came and were not used yet: a part of a head or of a body, or what came ahead of its turn. */
export class Inbox {
  readonly #owner: InboxOwner;
  /** What is kept, `[0..#length)`, and room behind it. While it is read, nothing is kept. */
  #kept: Buffer | undefined;
  #length = 0;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#kept === undefined;
  }

  /** Nothing more may come before something is read. */
  get isFull(): boolean {
    return this.#kept !== undefined && this.#length >= MAX_KEPT_BYTES;
  }

  /** Takes in `bytes[0..length)`, which may change afterwards. */
  add(bytes: Buffer, length: number): void {
    if (this.#kept === undefined) {
      this.#read(bytes, length);
      return;
    }
    const fresh = bytes.subarray(0, length);
    this.#append(this.#kept, fresh);
    if (this.#owner.canRead(fresh, this.#length)) this.readKept();
    else this.#owner.onKept();
  }

  /** Reads what was kept, as far as that is possible now. */
  readKept(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = undefined;
    this.#read(kept, this.#length, true);
  }

  /** Gives away what was kept. */
  empty(): Buffer | undefined {
    const kept = this.#kept?.subarray(0, this.#length);
    this.#kept = undefined;
    return kept;
  }

  /** Room grows by half of what is there at least: single bytes, sent one after another, are not copied again and again. */
  #append(kept: Buffer, fresh: Buffer): void {
    const length = this.#length + fresh.length;
    let memory = kept;
    if (length > kept.length) {
      memory = Buffer.allocUnsafeSlow(Math.max(length, Math.ceil(kept.length * 1.5), FIRST_ROOM));
      kept.copy(memory, 0, 0, this.#length);
      this.#kept = memory;
    }
    fresh.copy(memory, this.#length);
    this.#length = length;
  }

  /** @param isOwn the bytes are what was kept */
  #read(bytes: Buffer, end: number, isOwn = false): void {
    let at = 0;
    while (at < end) {
      const next = this.#owner.read(bytes, at, end);
      if (next === INCOMPLETE) break;
      at = next;
    }
    if (at === end) return;
    // A piece that was read may be on its way still: what is kept behind it has memory of its own.
    this.#kept = at === 0 && isOwn ? bytes : Buffer.from(bytes.subarray(at, end));
    this.#length = end - at;
    this.#owner.onKept();
  }
}
