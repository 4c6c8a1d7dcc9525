import type { FastifyInstance } from 'fastify';
import { ContractException } from '../errors.js';

/** Deepest nesting of arrays and objects that a body may have; what reads it recursively stays safe. */
export const MAX_JSON_DEPTH = 100;

/**
 * JSON is the only body this process takes; everything else is answered 415.
 * Refuses malformed JSON, `__proto__` keys, and nesting beyond {@link MAX_JSON_DEPTH}, each with 400.
 */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body.trim() === '') return done(new ContractException(400, 'The body must be JSON, but it is empty'));
    if (nestsDeeperThan(MAX_JSON_DEPTH, body)) {
      return done(new ContractException(400, `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep`));
    }
    return parse(request, body, (error, value) => {
      if (error === null) done(null, value);
      else done(new ContractException(400, `The body is not valid JSON: ${error.message}`));
    });
  });
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
