/** The entry alone is bigger than the whole cache may be; nothing was stored and an older value stays. */
export class EntryTooLargeError extends Error {
  override readonly name = 'EntryTooLargeError';

  constructor(
    /** Bytes of the key and of the value as JSON. */
    readonly bytes: number,
    /** The budget of the cache, in bytes. */
    readonly maxBytes: number,
  ) {
    super(`The entry has ${bytes} bytes; the cache holds at most ${maxBytes}`);
  }
}
