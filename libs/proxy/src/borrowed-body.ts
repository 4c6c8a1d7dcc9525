import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A request's body, lent to whoever sends it on. Nothing is taken from the request before the first read, so a body
 * that was not sent can be lent again; and destroying the loan leaves the request alone: destroying the request
 * itself would take the client's connection with it, before the answer is read.
 */
export class BorrowedBody extends Readable {
  readonly #request: IncomingMessage;
  #reading = false;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
  }

  override _read(): void {
    if (!this.#reading) {
      this.#reading = true;
      this.#request.on('data', this.#onData);
      this.#request.once('end', this.#onEnd);
      this.#request.once('close', this.#onClose);
    }
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    if (this.#reading) this.#request.pause();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause();
  };
  readonly #onEnd = (): void => {
    this.push(null);
  };
  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new Error('the client went away'));
  };
}

/** The request's body, or null when it has none (RFC 9112 §6.3). */
export function bodyOf(request: IncomingMessage): Readable | null {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  const hasBody = coding !== undefined || (length !== undefined && Number(length) > 0);
  return hasBody ? new BorrowedBody(request) : null;
}
