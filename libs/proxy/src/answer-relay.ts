import type { Dispatcher } from 'undici';
import { ForwardError } from './forward-error.js';
import type { Exchange } from './forwarder.js';

/** Streams one backend's answer to the client, at the pace of whoever is slower. */
export class AnswerRelay implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #done = Promise.withResolvers<void>();
  #controller: Dispatcher.DispatchController | undefined;
  #clientGone = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    exchange.response.once('close', this.#onClientClose);
    exchange.response.on('drain', this.#onDrain);
  }

  /** Resolves when the answer is relayed in full; rejects with the first error. */
  get finished(): Promise<void> {
    return this.#done.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#clientGone) this.#abort();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const { response, onHead } = this.#exchange;
    const headers = onHead(status, rawHeadersOf(controller));
    response.sendDate = !headers.some((field, index) => index % 2 === 0 && field.toLowerCase() === 'date');
    response.writeHead(status, [...headers]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#exchange.response.write(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Record<string, unknown>): void {
    const { response } = this.#exchange;
    if (Object.keys(trailers).length > 0) response.addTrailers(trailers as Record<string, string>);
    response.end();
    this.#settle();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Once the answer has begun there is no other way to say that it is not whole (RFC 9112 §8).
    if (this.#exchange.response.headersSent) this.#exchange.response.destroy();
    this.#settle(this.#clientGone ? new ForwardError('client-gone', error) : error);
  }

  readonly #onDrain = (): void => {
    this.#controller?.resume();
  };

  readonly #onClientClose = (): void => {
    if (this.#exchange.response.writableFinished) return;
    this.#clientGone = true;
    this.#abort();
  };

  #abort(): void {
    this.#controller?.abort(new Error('the client went away'));
  }

  #settle(error?: Error): void {
    const { response } = this.#exchange;
    response.off('close', this.#onClientClose);
    response.off('drain', this.#onDrain);
    if (error === undefined) this.#done.resolve();
    else this.#done.reject(error);
  }
}

/** undici hands the fields as bytes; a header field's bytes are Latin-1 (RFC 9110 §5.5). */
function rawHeadersOf({ rawHeaders }: Dispatcher.DispatchController): string[] {
  if (!Array.isArray(rawHeaders)) return [];
  return rawHeaders.map((field) => (typeof field === 'string' ? field : field.toString('latin1')));
}
