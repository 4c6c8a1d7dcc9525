import { request as httpRequest, type IncomingMessage, type InformationEvent } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { ChunkedScanner } from '../message/chunked-scanner.js';
import { NO_LENGTH } from '../message/framing.js';
import { HeadScanner, INCOMPLETE, latin1 } from '../message/head-scanner.js';
import { DEFAULT_LIMITS, MessageError } from '../message/message-error.js';
import { MessageBuilder } from '../message/message-builder.js';
import { Pseudonym } from '../message/pseudonym.js';
import { ResponseHead } from '../message/response-head.js';
import { writeResponseHead, type ResponseWriting } from '../message/response-writer.js';
import { ByteStream } from './byte-stream.js';
import { fieldsOf, readChunks } from './request-readings.js';

/** An answer's head, as some parser understood it. */
export interface ReadAnswerHead {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as they stood there. */
  readonly fields: readonly string[];
}

/** What some parser made of what a backend sent before it closed. */
export interface AnswerReading {
  readonly interim: readonly ReadAnswerHead[];
  /** Undefined where it did not come so far. */
  readonly head: ReadAnswerHead | undefined;
  readonly body: string;
  readonly trailers: readonly string[];
  /** The whole answer has come. */
  readonly whole: boolean;
  /** In what words it was refused; empty where there was only too little of it. */
  readonly refusal: string;
}

/** What this proxy made of it. */
export interface OwnAnswerReading extends AnswerReading {
  /** What a client gets of it, of as much as was read. */
  readonly passedOn: string;
  /** That is not what came: it was read leniently, and written anew. */
  readonly rewritten: boolean;
}

const NOTHING = { head: undefined, body: '', trailers: [], whole: false, refusal: '' };
const WRITING: ResponseWriting = {
  pseudonym: new Pseudonym('balanza'),
  requestId: 'r1',
  connection: '',
  date: '\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT',
  chunking: false,
  unchunking: false,
};

/** How this proxy reads `text` as the answer to `method`, and what it passes on. */
export function ownAnswerReading(text: string, method: string): OwnAnswerReading {
  const bytes = Buffer.from(text, 'latin1');
  const scanner = new HeadScanner(DEFAULT_LIMITS);
  const response = new ResponseHead();
  const message = new MessageBuilder(1_000);
  const interim: ReadAnswerHead[] = [];
  let head: ReadAnswerHead | undefined;
  let passedOn = '';
  let rewritten = false;
  const nothing = () => ({ ...NOTHING, interim, head, passedOn, rewritten });
  try {
    for (let at = 0; at < bytes.length;) {
      const end = scanner.scanResponse(bytes, at, bytes.length);
      if (end === INCOMPLETE) break;
      response.read(scanner, method);
      const { status, http10 } = response;
      const reason = latin1(
        bytes,
        Math.min(scanner.secondSpace + 1, scanner.startLineEnd),
        scanner.startLineEnd,
      );
      const read = { version: http10 ? '1.0' : '1.1', status, reason, fields: fieldsOf(scanner) };
      // What follows a switch is no HTTP.
      if (status === 101) break;
      rewritten ||= response.framing.rewritten;
      writeResponseHead(message, scanner, response, WRITING);
      passedOn += message.built().toString('latin1');
      if (status >= 200) {
        head = read;
        const { passed, asItCame, ...body } = readBody(bytes, end, response);
        passedOn += passed;
        rewritten ||= !asItCame;
        return { ...nothing(), ...body };
      }
      interim.push(read);
      at = end;
    }
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { ...nothing(), refusal: error.message };
  }
  return nothing();
}

function readBody(bytes: Buffer, start: number, { framing, bodiless, untilClose }: ResponseHead) {
  if (framing.chunked && !bodiless) {
    const chunks = new ChunkedScanner(DEFAULT_LIMITS, true);
    chunks.reset(framing.nominated);
    const { body, trailers, whole, end } = readChunks(bytes, start, chunks);
    let passed = '';
    let from = start;
    for (let index = 0; index < chunks.omitted.length; index += 2) {
      passed += latin1(bytes, from, chunks.omitted[index] as number);
      from = chunks.omitted[index + 1] as number;
    }
    passed += latin1(bytes, from, end) + chunks.takeTrailers();
    return { body, trailers, whole, passed, asItCame: passed === latin1(bytes, start, end) };
  }
  const length = bodiless || framing.contentLength === NO_LENGTH ? 0 : framing.contentLength;
  const end = untilClose ? bytes.length : start + length;
  const body = latin1(bytes, start, Math.min(end, bytes.length));
  return { body, trailers: [], whole: end <= bytes.length, passed: body, asItCame: true };
}

/** How the client of `node:http` reads `text` as the answer to `method`, in its strict mode. */
export async function nodeAnswerReading(text: string, method: string): Promise<AnswerReading> {
  const stream = new ByteStream(text);
  const interim: ReadAnswerHead[] = [];
  let response: IncomingMessage | undefined;
  let body = '';
  let refusal = '';
  const request = httpRequest({
    method,
    headers: { host: 'a' },
    httpValidation: 'strict',
    maxHeaderSize: 65_536,
    createConnection: () => stream,
  });
  request.on('error', (error) => (refusal ||= error.message));
  request.on('information', (information) => interim.push(headOf(information)));
  request.on('response', (incoming) => {
    response = incoming;
    incoming.on('data', (piece: Buffer) => (body += piece.toString('latin1')));
    incoming.on('error', (error) => (refusal ||= error.message));
  });
  request.end();
  // The request is sent, then the answer read, then its body told of, then its end, each in a turn of its own.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  stream.close();
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  request.destroy();
  stream.destroy();
  if (response === undefined) return { ...NOTHING, interim, refusal };
  const { complete, rawTrailers } = response;
  return { interim, head: headOf(response), body, trailers: rawTrailers, whole: complete, refusal };
}

function headOf(message: IncomingMessage | InformationEvent): ReadAnswerHead {
  const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders } = message;
  return { version: httpVersion, status: statusCode, reason: statusMessage, fields: rawHeaders };
}
