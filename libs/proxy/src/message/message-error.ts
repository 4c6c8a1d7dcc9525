/** The most that a message may have; each with the status that says so to a client. */
export interface MessageLimits {
  /** Bytes of a request's head: start line, fields and the empty line. Beyond it 431. */
  readonly headBytes: number;
  /** Fields of a request's head. Beyond it 431. */
  readonly fields: number;
  /** Bytes of the head of a backend's answer. Beyond it 502. */
  readonly responseHeadBytes: number;
  /** Fields of the head of a backend's answer. Beyond it 502. */
  readonly responseFields: number;
  /** Bytes of a request target. Beyond it 414. */
  readonly targetBytes: number;
  /** Bytes of a line that begins a chunk: its size and its extensions. Beyond it 400. */
  readonly chunkLineBytes: number;
  /** Bytes of a trailer section. Beyond it 431. */
  readonly trailerBytes: number;
}

/** What is used where nothing else is said; sizes in bytes. */
export const DEFAULT_LIMITS: MessageLimits = {
  headBytes: 16_384,
  fields: 100,
  responseHeadBytes: 16_384,
  responseFields: 100,
  targetBytes: 8_192,
  chunkLineBytes: 256,
  trailerBytes: 8_192,
};

/** What is wrong with a message that cannot be taken as the one thing that it must mean (RFC 9112 §2.2, §11.2). */
export class MessageError extends Error {
  override readonly name = 'MessageError';

  /** @param status what a client that sent it is answered; a backend's bad message is always 502 */
  constructor(
    message: string,
    readonly status: 400 | 414 | 431 | 501 = 400,
  ) {
    super(message);
  }
}
