import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { ChunkedScanner } from '../message/chunked-scanner.js';
import { HeadScanner, INCOMPLETE, latin1 } from '../message/head-scanner.js';
import { DEFAULT_LIMITS, MessageError } from '../message/message-error.js';
import { RequestHead } from '../message/request-head.js';
import { ByteStream } from './byte-stream.js';

/** A request, as some parser understood it. */
export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Names and values in turn, as they stood there. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  /** The end of it has come. */
  readonly whole: boolean;
}

/** What some parser made of the bytes of a connection. */
export interface RequestReading {
  readonly requests: readonly ReadRequest[];
  /** Why it read no further: it refused something, or wants more, or the last request said that it is the last. */
  readonly end: 'refused' | 'open' | 'closed';
  /** In what words it refused. */
  readonly reason: string;
}

/** How this proxy reads `text`. */
export function ownRequestReading(text: string): RequestReading {
  const bytes = Buffer.from(text, 'latin1');
  const scanner = new HeadScanner(DEFAULT_LIMITS);
  const head = new RequestHead();
  const requests: ReadRequest[] = [];
  let at = 0;
  try {
    while (at < bytes.length) {
      const bodyAt = scanner.scanRequest(bytes, at, bytes.length);
      if (bodyAt === INCOMPLETE) break;
      head.read(scanner);
      requests.push({
        method: head.method.name,
        target: latin1(bytes, scanner.firstSpace + 1, scanner.secondSpace),
        version: head.http10 ? '1.0' : '1.1',
        fields: fieldsOf(scanner),
        body: '',
        trailers: [],
        whole: false,
      });
      const { end, ...body } = readBody(bytes, bodyAt, head);
      const last = requests.pop();
      if (last !== undefined) requests.push({ ...last, ...body });
      if (!body.whole) break;
      if (!head.persistent) return { requests, end: 'closed', reason: '' };
      at = end;
    }
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { requests, end: 'refused', reason: error.message };
  }
  return { requests, end: 'open', reason: '' };
}

function readBody(bytes: Buffer, start: number, { framing }: RequestHead) {
  if (!framing.chunked) {
    const end = start + Math.max(framing.contentLength, 0);
    return {
      body: latin1(bytes, start, Math.min(end, bytes.length)),
      trailers: [],
      whole: end <= bytes.length,
      end,
    };
  }
  return readChunks(bytes, start);
}

/** The data in the chunks that begin at `start`, the trailers behind them, and where those end. */
export function readChunks(bytes: Buffer, start: number, chunks = new ChunkedScanner(DEFAULT_LIMITS)) {
  let body = '';
  const end = chunks.scan(bytes, start, bytes.length, (_, from, to) => (body += latin1(bytes, from, to)));
  // What the scanner has found well-formed can be taken apart by the simplest means.
  const lines = chunks.done ? latin1(bytes, start, end - 2).split(/(?:^|\r\n)0+[ \t]*(?:;[^\r]*)?\r\n/) : [];
  const trailers = (lines.at(-1) ?? '').split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon === -1 ? [] : [line.slice(0, colon), withoutSpace(line.slice(colon + 1))];
  });
  return { body, trailers, whole: chunks.done, end };
}

/** The fields of a head, names and values in turn. */
export function fieldsOf(scanner: HeadScanner): string[] {
  return Array.from({ length: scanner.count }, (_, index) => [
    latin1(scanner.bytes, scanner.nameStart[index] ?? 0, scanner.nameEnd[index] ?? 0),
    scanner.value(index),
  ]).flat();
}

const withoutSpace = (value: string) => value.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');

/** Reads requests with the parser of `node:http` in its strict mode. */
export class NodeRequestReader {
  readonly #server: Server;
  #seen: { request: IncomingMessage; body: string; whole: boolean }[] = [];
  #reason = '';

  constructor() {
    const take = (request: IncomingMessage) => this.#take(request);
    this.#server = createServer({ httpValidation: 'strict', maxHeaderSize: 65_536 }, take);
    // What a server would answer on its own account is of no interest here, only what it has read.
    this.#server.on('checkContinue', take).on('checkExpectation', take);
    this.#server.on('clientError', (error) => (this.#reason = error.message));
  }

  async read(text: string): Promise<RequestReading> {
    this.#seen = [];
    this.#reason = '';
    const stream = new ByteStream(text);
    this.#server.emit('connection', stream);
    // Bodies are told of one turn after they are read.
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    const requests = this.#seen.map(({ request, body, whole }) => ({
      method: request.method ?? '',
      target: request.url ?? '',
      version: request.httpVersion,
      fields: request.rawHeaders,
      body,
      trailers: request.rawTrailers,
      whole,
    }));
    const reason = this.#reason;
    stream.destroy();
    return { requests, end: reason === '' ? 'open' : 'refused', reason };
  }

  #take(request: IncomingMessage): void {
    const seen = { request, body: '', whole: false };
    this.#seen.push(seen);
    request.on('data', (piece: Buffer) => (seen.body += piece.toString('latin1')));
    request.on('end', () => (seen.whole = true));
    request.on('error', () => undefined);
  }
}
