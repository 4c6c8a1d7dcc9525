import type { FastifyInstance } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { ContractException, InvalidRequestException } from '../errors.js';
import { refusalOfCoding } from './content-encoding.js';

/** Deepest nesting of arrays and objects that a body may have; what reads it recursively stays safe. */
export const MAX_JSON_DEPTH = 100;

/**
 * JSON is the only body this process takes; everything else is answered 415. An empty one is taken as none: whether there has
 * to be one is for the route to say.
 * Refuses malformed JSON and what would not come out as it went in (`__proto__` keys, numbers out of range, text that is
 * not UTF-8), and nesting beyond {@link MAX_JSON_DEPTH}, each with 400.
 */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    const refusal = bytes.length === 0 ? undefined : refusalOfCoding(request.headers);
    if (refusal !== undefined) return done(refusal);
    // Decoding would put another character in the place of what is none (RFC 8259 §8.1).
    if (!isUtf8(bytes))
      return done(new ContractException(400, 'The body is not valid JSON: it is not UTF-8'));
    // The parser ignores a byte order mark as well (RFC 8259 §8.1); who explains what it refuses has to do the same.
    const body = bytes.toString().replace(BYTE_ORDER_MARK, '');
    if (body.trim() === '') return done(null, undefined);
    if (nestsDeeperThan(MAX_JSON_DEPTH, body)) {
      return done(new ContractException(400, `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep`));
    }
    return parse(request, body, (error, value) => {
      if (error !== null) return done(new ContractException(400, whyRefused(body)));
      const field = HUGE_NUMBER.test(body) ? fieldOutOfRange(value) : undefined;
      if (field === undefined) return done(null, value);
      return done(new InvalidRequestException([{ field, message: 'must be a number up to 1.79e308' }]));
    });
  });
}

/** The parser says the same of everything that it refuses. */
function whyRefused(body: string): string {
  try {
    JSON.parse(body);
    return 'The body has a key that is not allowed: __proto__, or prototype in constructor';
  } catch (error) {
    return `The body is not valid JSON: ${(error as Error).message}`;
  }
}

/** What a number that is no double any more has: many digits, or an exponent of three. */
const HUGE_NUMBER = /\d{309}|\de\+?\d{3}/i;

/** Where a number is beyond what can be kept: it would come back as `null`. */
function fieldOutOfRange(value: unknown, path: readonly string[] = []): string | undefined {
  if (value === Infinity || value === -Infinity) return path.join('.');
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const field = fieldOutOfRange(member, [...path, name]);
    if (field !== undefined) return field;
  }
  return undefined;
}

function nestsDeeperThan(limit: number, json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (inString) {
      if (char === BACKSLASH) i++;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === OPEN_BRACKET || char === OPEN_BRACE) {
      if (++depth > limit) return true;
    } else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) depth--;
  }
  return false;
}

const BYTE_ORDER_MARK = /^\ufeff/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
