import { decimal, NOT_DECIMAL } from './decimal.js';
import { FIELD } from './field-names.js';
import { Framing, NO_LENGTH } from './framing.js';
import type { HeadScanner } from './head-scanner.js';
import { isHttp10 } from './http-version.js';
import { keepAliveOf } from './keep-alive.js';
import { MessageError } from './message-error.js';

/** An answer's head, as far as a proxy has to understand it. One per connection to a backend. */
export class ResponseHead {
  status = 0;
  /** The backend speaks HTTP/1.0. */
  http10 = false;
  readonly framing = new Framing();
  /** The body ends when the connection does. */
  untilClose = false;
  /** There is no body, whatever the fields say. */
  bodiless = false;
  /** The backend keeps the connection for another request. */
  persistent = true;
  /** For how long it keeps it unused, in ms; Infinity where it does not say. */
  keepAlive = Infinity;

  /**
   * Reads what `head` has scanned, as the answer to a request with this method: RFC 9112 §6.3 says where it ends.
   *
   * @throws MessageError
   */
  read(head: HeadScanner, method: string): void {
    const { bytes, start, firstSpace, secondSpace } = head;
    this.http10 = isHttp10(bytes, start, firstSpace);
    this.status = statusOf(bytes, firstSpace + 1, secondSpace);
    const { framing } = this;
    framing.read(head, true);
    if (this.http10 && framing.chunked) throw new MessageError('HTTP/1.0 has no chunked bodies');
    const { status } = this;
    if (status === 101 && (!framing.upgrade || !head.valueOf(FIELD.upgrade))) {
      throw new MessageError('101 does not say to what it switches');
    }
    this.bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    this.untilClose = !this.bodiless && !framing.chunked && framing.contentLength === NO_LENGTH;
    this.keepAlive = keepAliveOf(head);
    this.persistent = !this.untilClose && !framing.close && (!this.http10 || framing.keepAlive);
    if (status < 200 && status !== 101 && !this.persistent) {
      throw new MessageError('an interim answer says that the connection ends with it');
    }
  }
}

function statusOf(bytes: Uint8Array, start: number, end: number): number {
  const status = decimal(bytes, start, end);
  if (status === NOT_DECIMAL) throw new MessageError('the status is not of 3 digits');
  // 600 to 999 is no status of HTTP, but is read as a server error and relayed (RFC 9110 §15), as nginx and HAProxy relay it.
  if (status < 100) throw new MessageError('the status is not one of HTTP');
  return status;
}
