import { pieceOfSlab } from './slab.js';
import { PARENT_ID_DIGITS, TRACE_ID_DIGITS, writeRandomHex } from './trace-id.js';

const REQUEST_ID = 'X-Request-Id: ';
const TRACEPARENT = '\r\ntraceparent: 00-';

/**
 * The fields that go to a backend beside the client's own, and the empty line behind them, as bytes: from one of a client's
 * requests to the next only the ids in them change, so a request costs one copy.
 */
export class AddedFields {
  readonly bytes: Buffer;
  readonly #requestIdAt: number;
  readonly #traceIdAt: number;
  readonly #parentIdAt: number;

  /** @param fixed the lines that stay as they are */
  constructor(fixed: string) {
    this.#requestIdAt = fixed.length + REQUEST_ID.length;
    this.#traceIdAt = this.#requestIdAt + TRACE_ID_DIGITS + TRACEPARENT.length;
    this.#parentIdAt = this.#traceIdAt + TRACE_ID_DIGITS + 1;
    const traceId = '0'.repeat(TRACE_ID_DIGITS);
    const parentId = '0'.repeat(PARENT_ID_DIGITS);
    // Whether the trace is recorded is left to those behind.
    const text = `${fixed}${REQUEST_ID}${traceId}${TRACEPARENT}${traceId}-${parentId}-00\r\n\r\n`;
    this.bytes = pieceOfSlab(text.length);
    this.bytes.write(text, 'latin1');
  }

  /** Begins another trace, whose id is that of the request too. @returns the id */
  renew(): string {
    const { bytes } = this;
    const start = this.#traceIdAt;
    writeRandomHex(bytes, start, TRACE_ID_DIGITS);
    writeRandomHex(bytes, this.#parentIdAt, PARENT_ID_DIGITS);
    bytes.copyWithin(this.#requestIdAt, start, start + TRACE_ID_DIGITS);
    return bytes.toString('latin1', start, start + TRACE_ID_DIGITS);
  }
}
