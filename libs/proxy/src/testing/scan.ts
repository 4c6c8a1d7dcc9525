import { HeadScanner } from '../message/head-scanner.js';
import { DEFAULT_LIMITS, MessageError, type MessageLimits } from '../message/message-error.js';
import { RequestHead } from '../message/request-head.js';
import { ResponseHead } from '../message/response-head.js';

/** What a read buffer has in front of and behind the bytes in question: left over from other messages. */
const BEFORE = 'x: y\r\n\r\n';
const BEHIND = 'stale: bytes\r\n\r\nGET /stale HTTP/1.1\r\n\r\n';

/** `text` in the middle of a buffer that has been used before. */
export function inUsedBuffer(text: string): {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
} {
  const bytes = Buffer.from(BEFORE + text + BEHIND, 'latin1');
  return { bytes, start: BEFORE.length, end: bytes.length - BEHIND.length };
}

/** A head as the scanner finds it: offsets count from where `text` began. */
export interface ScannedHead {
  readonly scanner: HeadScanner;
  /** Where the head ends, or `INCOMPLETE`. */
  readonly end: number;
}

function scanned(
  text: string,
  scan: (scanner: HeadScanner, bytes: Buffer, start: number, end: number) => number,
  limits: Partial<MessageLimits>,
): ScannedHead {
  const scanner = new HeadScanner({ ...DEFAULT_LIMITS, ...limits });
  const { bytes, start, end } = inUsedBuffer(text);
  const at = scan(scanner, bytes, start, end);
  return { scanner, end: at < 0 ? at : at - start };
}

/** Scans `text` as a request's head. */
export function scanRequest(text: string, limits: Partial<MessageLimits> = {}): ScannedHead {
  return scanned(text, (scanner, ...range) => scanner.scanRequest(...range), limits);
}

/** Scans `text` as an answer's head. */
export function scanResponse(text: string, limits: Partial<MessageLimits> = {}): ScannedHead {
  return scanned(text, (scanner, ...range) => scanner.scanResponse(...range), limits);
}

/** Scans and reads a whole request's head. */
export function readRequest(text: string): { readonly scanner: HeadScanner; readonly request: RequestHead } {
  const { scanner } = scanRequest(text);
  const request = new RequestHead();
  request.read(scanner);
  return { scanner, request };
}

/** Scans and reads the whole head of the answer to `method`. */
export function readResponse(
  text: string,
  method = 'GET',
): { readonly scanner: HeadScanner; readonly response: ResponseHead } {
  const { scanner } = scanResponse(text);
  const response = new ResponseHead();
  response.read(scanner, method);
  return { scanner, response };
}

/** The status and the sentence with which `attempt` refuses a message; undefined when it takes it. */
export function refusal(attempt: () => unknown): readonly [status: number, message: string] | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return [error.status, error.message];
  }
}
