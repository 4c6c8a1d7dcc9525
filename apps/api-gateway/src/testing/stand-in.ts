import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a stand-in got it. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** How a stand-in answers. */
export type Answer = (response: ServerResponse, received: Received) => void;

/** Answers JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Answers text that is not what it should be. */
export function text(status: number, body: string): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  };
}

/** Accepts the request and never answers, as a stopped process does. */
export const hang: Answer = () => undefined;

/** Dies in the middle of the answer. */
export const breakOff: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"message":', () => response.destroy());
};

/** A real HTTP server in the place of a service, which answers as it is told. */
export class StandIn implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Requests whose client went away before the answer. */
  abandoned = 0;
  answer: Answer;
  #server: Server | undefined;
  #port = 0;

  private constructor(answer: Answer) {
    this.answer = answer;
  }

  static async start(answer: Answer): Promise<StandIn> {
    const standIn = new StandIn(answer);
    await standIn.start();
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Is gone: connections break, new ones are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once('close', () => {
      if (!response.writableFinished) this.abandoned++;
    });
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const received = { method: request.method, path: request.url, headers: request.headers, body };
    this.received.push(received);
    this.answer(response, received);
  }
}
