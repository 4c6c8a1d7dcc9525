import type { FastifyInstance } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { ContractException, InvalidRequestException } from '../errors.js';
import { refusalOfCoding } from './content-encoding.js';
import { countMembers, MAX_JSON_DEPTH, scanJson, type JsonScan } from './json-scan.js';

/**
 * JSON is the only body this process takes; everything else is answered 415. An empty one is taken as none: whether there has
 * to be one is for the route to say.
 * Refuses malformed JSON and what would not come out as it went in (`__proto__` keys, names that occur twice in one object,
 * numbers out of range, text that is not UTF-8), and nesting beyond {@link MAX_JSON_DEPTH}, each with 400. All of that takes time
 * that is linear in the length of the body: it comes before authentication.
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
    const scan = scanJson(body);
    if (scan.isTooDeep) {
      return done(new ContractException(400, `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep`));
    }
    return parse(request, body, (error, value) => {
      if (error !== null) return done(new ContractException(400, whyRefused(body)));
      const loss = lossOf(value, scan, body);
      return loss === undefined ? done(null, value) : done(loss);
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

/** The refusal of what the parsed value has lost: it would come back as another value than the one that was sent. */
function lossOf(value: unknown, scan: JsonScan, body: string): InvalidRequestException | undefined {
  if (scan.outOfRange !== undefined) {
    const message = 'must be a number up to 1.79e308, and either 0 or at least 5e-324';
    return new InvalidRequestException([{ field: scan.outOfRange, message }]);
  }
  if (countMembers(value) === scan.members) return undefined;
  const { duplicate = '' } = scanJson(body, { names: true });
  return new InvalidRequestException([{ field: duplicate, message: 'must occur once in its object' }]);
}

const BYTE_ORDER_MARK = /^\ufeff/;
