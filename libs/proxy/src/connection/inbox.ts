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

/** Bytes that came and were not used yet: a part of a head, or what came ahead of its turn. */
export class Inbox {
  readonly #owner: InboxOwner;
  /** While it is read, nothing is. */
  #kept: Buffer | undefined;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#kept === undefined;
  }

  /** Nothing more may come before something is read. */
  get isFull(): boolean {
    return this.#kept !== undefined && this.#kept.length >= MAX_KEPT_BYTES;
  }

  /** Takes in `bytes[0..length)`, which may change afterwards. */
  add(bytes: Buffer, length: number): void {
    if (this.#kept === undefined) {
      this.#read(bytes, length);
      return;
    }
    const fresh = bytes.subarray(0, length);
    this.#kept = Buffer.concat([this.#kept, fresh]);
    if (this.#owner.canRead(fresh, this.#kept.length)) this.readKept();
    else this.#owner.onKept();
  }

  /** Reads what was kept, as far as that is possible now. */
  readKept(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = undefined;
    this.#read(kept, kept.length);
  }

  /** Gives away what was kept. */
  empty(): Buffer | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  #read(bytes: Buffer, end: number): void {
    let at = 0;
    while (at < end) {
      const next = this.#owner.read(bytes, at, end);
      if (next === INCOMPLETE) break;
      at = next;
    }
    if (at === end) return;
    this.#kept = Buffer.from(bytes.subarray(at, end));
    this.#owner.onKept();
  }
}
