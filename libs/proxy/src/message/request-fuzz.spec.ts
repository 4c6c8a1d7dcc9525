import { fuzz } from '@balanza/testing';
import fc from 'fast-check';
import { METHODS } from 'node:http';
import { describe, expect, it } from 'vitest';
import { REQUESTS } from '../testing/message-arbitraries.js';
import {
  NodeRequestReader,
  ownRequestReading,
  type ReadRequest,
  type RequestReading,
} from '../testing/request-readings.js';

/** Behind whatever comes before: where a message ends in two places, one of these is found in one reading only. */
const SENTINELS = '\r\n\r\nGET /sentinel HTTP/1.1\r\nHost: sentinel\r\n\r\n'.repeat(2);

const GET = 'GET / HTTP/1.1\r\n';
const HOST = 'Host: a\r\n';
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** What this parser refuses on purpose though Node's takes it: why, in which words, and an example. */
const STRICTER: readonly (readonly [why: string, reason: string, example: string])[] = [
  [
    'some servers end a line with a bare LF, others do not',
    'the request line has no valid method',
    `\n${GET}${HOST}\r\n`,
  ],
  [
    'a fragment is no part of a target',
    'the request line has no valid target',
    `GET /#x HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ['HTTP/0.9 has no fields', 'the version is neither HTTP/1.1 nor HTTP/1.0', `GET / HTTP/0.9\r\n${HOST}\r\n`],
  [
    'HTTP/2 has another syntax',
    'the version is neither HTTP/1.1 nor HTTP/1.0',
    `GET / HTTP/2.0\r\n${HOST}\r\n`,
  ],
  [
    '* and a host alone are targets of OPTIONS and CONNECT only',
    'the target is neither a path nor an http:// URL',
    `GET * HTTP/1.1\r\n${HOST}\r\n`,
  ],
  [
    'a target and Host that disagree',
    'the target and Host name different hosts',
    `GET http://b/ HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ['two Hosts', 'Host is given more than once', `${GET}${HOST}${HOST}\r\n`],
  ['a Host that is no host', 'Host is not a host and a port', `${GET}Host: a b\r\n\r\n`],
  ['an empty Host', 'Host is not a host and a port', `${GET}Host:\r\n\r\n`],
  [
    'a coding that this proxy does not know, even below chunked',
    'Transfer-Encoding is not exactly "chunked"',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a length with so many zeros that others could count it wrong',
    'Content-Length is not a number of bytes',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 0000000000000003\r\n\r\nabc`,
  ],
  [
    'chunks in HTTP/1.0, which had none',
    'HTTP/1.0 has no chunked bodies',
    `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a chunk size of 13 digits', 'a chunk size is too large', `${CHUNKED}0000000000003\r\nabc\r\n0\r\n\r\n`],
  [
    'an extension with an equals sign and no value',
    'a chunk extension is not a name, or a name and a value',
    `${CHUNKED}3;a=\r\nabc\r\n0\r\n\r\n`,
  ],
  [
    'trailers that might be taken for what they are not',
    'a trailer has a name that belongs into the head',
    `${CHUNKED}0\r\nHost: b\r\n\r\n`,
  ],
  [
    'an option that is no name',
    'Connection has something that is not a name',
    `${GET}${HOST}Connection: keep alive\r\n\r\n`,
  ],
  [
    'a head with many fields',
    'the head has more than 100 fields',
    `${GET}${HOST}${'a: b\r\n'.repeat(100)}\r\n`,
  ],
];
/** Node refuses these too, but not in its parser: its server answers 400, or has nobody who takes CONNECT. */
const REFUSED_LATER = ['Host is missing', 'the method is not one that this proxy forwards'];
/** Any token is a method (RFC 9110 §9.1); Node's parser takes those of its list. */
const UNKNOWN_METHOD = 'the method is not one that Node knows';
/** No example: Node counts nothing but the whole head. */
const LIMITS = ["a chunk's line is over the limit of 256 bytes"];

const KNOWN_REASONS = new Set([
  ...STRICTER.map(([, reason]) => reason),
  ...REFUSED_LATER,
  ...LIMITS,
  UNKNOWN_METHOD,
]);

const wholeOf = ({ requests }: RequestReading) => requests.filter(({ whole }) => whole).length;
/** What is certain of a request before its end has come. */
const headOf = ({ method, target, version, fields }: ReadRequest) => ({ method, target, version, fields });

/** As if this parser took no methods but Node's. */
function uptoUnknownMethod(reading: RequestReading): RequestReading {
  const unknown = reading.requests.findIndex(({ method }) => !METHODS.includes(method));
  if (unknown === -1) return reading;
  return { requests: reading.requests.slice(0, unknown), end: 'refused', reason: UNKNOWN_METHOD };
}

describe('Requests beside the parser of Node in its strict mode', () => {
  const node = new NodeRequestReader();
  const run = fuzz(4_000);

  it(
    `mean the same where both take them, and are not taken where Node refuses them (seed ${run.seed})`,
    { timeout: run.timeoutMs },
    async () => {
      const outcomes = { taken: 0, refused: 0, stricter: 0 };
      await fc.assert(
        fc.asyncProperty(REQUESTS, async (requests) => {
          const own = uptoUnknownMethod(ownRequestReading(requests + SENTINELS));
          const theirs = await node.read(requests + SENTINELS);
          for (const [index, request] of own.requests.entries()) {
            const other = theirs.requests[index];
            if (request.whole) expect(other).toEqual(request);
            else expect(other && headOf(other)).toEqual(headOf(request));
          }
          // Behind the last request of a connection Node refuses whatever comes; here it is read and dropped.
          if (theirs.end === 'refused' && own.end !== 'closed') expect(own.end).toBe('refused');
          if (own.end !== 'refused') outcomes.taken++;
          else if (theirs.end === 'refused' && wholeOf(own) === wholeOf(theirs)) outcomes.refused++;
          else {
            outcomes.stricter++;
            expect(KNOWN_REASONS).toContain(own.reason);
          }
        }),
        run,
      );
      // The messages were neither all good nor all bad.
      expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(run.numRuns / 40);
    },
  );

  it.each(STRICTER)('are refused here on purpose: %s', async (_why, reason, example) => {
    expect(ownRequestReading(example)).toEqual({ requests: expect.any(Array), end: 'refused', reason });
    const theirs = await node.read(example);
    expect([theirs.end, wholeOf(theirs)]).toEqual(['open', 1]);
  });
});
