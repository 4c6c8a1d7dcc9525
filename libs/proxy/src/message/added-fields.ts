import { REQUEST_ID_DIGITS, writeRequestId } from './request-id.js';
import { pieceOfSlab } from './slab.js';

const REQUEST_ID = 'X-Request-Id: ';

/**
 * The fields that go to a backend beside the client's own, and the empty line behind them, as bytes: from one of a client's
 * requests to the next only the id in them changes, so a request costs one copy.
 */
export class AddedFields {
  readonly bytes: Buffer;
  readonly #requestIdAt: number;

  /** @param fixed the lines that stay as they are */
  constructor(fixed: string) {
    this.#requestIdAt = fixed.length + REQUEST_ID.length;
    const text = `${fixed}${REQUEST_ID}${'0'.repeat(REQUEST_ID_DIGITS)}\r\n\r\n`;
    this.bytes = pieceOfSlab(text.length);
    this.bytes.write(text, 'latin1');
  }

  /** Puts the id of another request in. @returns the id */
  renew(): string {
    const start = this.#requestIdAt;
    writeRequestId(this.bytes, start);
    return this.bytes.toString('latin1', start, start + REQUEST_ID_DIGITS);
  }
}
