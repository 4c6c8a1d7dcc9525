import { fuzz } from '@balanza/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nodeAnswerReading,
  ownAnswerReading,
  type AnswerReading,
  type ReadAnswerHead,
} from '../testing/answer-readings.js';
import { ANSWERS } from '../testing/message-arbitraries.js';
import { isDroppedTrailer } from './trailer-names.js';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** What this parser refuses on purpose though Node's takes it: why, in which words, and an example. */
const STRICTER: readonly (readonly [why: string, reason: string, example: string])[] = [
  ['an empty line in front', 'the status line is not one of HTTP/1.1', `\r\n${OK}`],
  [
    'another protocol',
    'the version is neither HTTP/1.1 nor HTTP/1.0',
    `RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    'a control in the reason',
    'a line of the head has a control character',
    `HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    'a status that HTTP does not have',
    'the status is not one of HTTP',
    'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n',
  ],
  ['a switch to nothing', '101 does not say to what it switches', `HTTP/1.1 101 X\r\n\r\n`],
  [
    'a last interim answer',
    'an interim answer says that the connection ends with it',
    `HTTP/1.0 103 X\r\n\r\n`,
  ],
  [
    'a coding that this proxy does not know, which ends with the connection or below chunked',
    'Transfer-Encoding is not exactly "chunked"',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'chunks in HTTP/1.0, which had none',
    'HTTP/1.0 has no chunked bodies',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'a length with so many zeros that others could count it wrong',
    'Content-Length is not a number of bytes',
    'HTTP/1.1 200 OK\r\nContent-Length: 0000000000000000\r\n\r\n',
  ],
  ['a chunk size of 13 digits', 'a chunk size is too large', `${CHUNKED}0000000000000\r\n\r\n`],
  [
    'an extension with an equals sign and no value',
    'a chunk extension is not a name, or a name and a value',
    `${CHUNKED}0;a=\r\n\r\n`,
  ],
  [
    'an option that is no name',
    'Connection has something that is not a name',
    'HTTP/1.1 200 OK\r\nConnection: keep alive\r\nContent-Length: 0\r\n\r\n',
  ],
];
/** No example: Node counts nothing but the whole head. */
const LIMITS = ["a chunk's line is over the limit of 256 bytes"];

const KNOWN_REASONS = new Set([...STRICTER.map(([, reason]) => reason), ...LIMITS]);

/** What of an answer has to be the same for the client, however it was written. */
function meaningOf({ interim, head, body, trailers, whole, refusal }: AnswerReading) {
  return {
    interim: interim.map(({ status, reason }) => [status, reason]),
    status: head?.status,
    reason: head?.reason,
    body,
    // Those that might be taken for what belongs into the head are left out.
    trailers: trailers.filter(
      (_, index) => !isDroppedTrailer(trailers[index - (index % 2)] ?? '', nominatedIn(head)),
    ),
    whole,
    refusal,
  };
}

const nominatedIn = (head: ReadAnswerHead | undefined) =>
  head?.fields
    .filter((_, index, fields) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === 'connection')
    .flatMap((value) => value.split(',').map((name) => name.trim().toLowerCase()));

/** Read leniently, as the grammar of a response asks, and written anew. */
const LENIENT: readonly (readonly [what: string, answer: string, passedOn: RegExp])[] = [
  ['white space before an extension', `${CHUNKED}2 ;a\r\nhi\r\n0\r\n\r\n`, /\r\n\r\n2;a\r\nhi\r\n0\r\n\r\n$/],
  ['white space behind a size', `${CHUNKED}2\t\r\nhi\r\n0 \r\n\r\n`, /\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/],
  ['a trailer of framing', `${CHUNKED}0\r\nHost: b\r\nX: y\r\n\r\n`, /\r\n\r\n0\r\nX: y\r\n\r\n$/],
  [
    'the same length twice',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi',
    /^HTTP\/1.1 200 OK\r\nContent-Length: 2\r\nVia: .*\r\n[^]*\r\n\r\nhi$/,
  ],
  [
    'an empty element',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nVia: .*\r\n[^]*\r\n\r\n0\r\n\r\n$/,
  ],
];

describe("Answers beside the parser of Node's client in its strict mode", () => {
  const run = fuzz(1_000);

  it(
    `mean the same where both take them, and are not taken where Node refuses them (seed ${run.seed})`,
    { timeout: run.timeoutMs },
    async () => {
      const outcomes = { taken: 0, refused: 0, stricter: 0 };
      await fc.assert(
        fc.asyncProperty(ANSWERS, fc.constantFrom('GET', 'GET', 'HEAD', 'POST'), async (answer, method) => {
          const own = ownAnswerReading(answer, method);
          const { passedOn, rewritten, ...read } = own;
          const theirs = await nodeAnswerReading(answer, method);
          if (!rewritten) {
            expect(theirs.interim.slice(0, own.interim.length)).toEqual(own.interim);
            if (own.head !== undefined) expect(theirs.head).toEqual(own.head);
            // Node also tells of what comes behind an answer, which is for the connection to judge.
            if (own.whole) expect({ ...theirs, refusal: '' }).toEqual(read);
          }
          if (own.whole)
            expect(meaningOf(await nodeAnswerReading(passedOn, method))).toEqual(meaningOf(read));
          if (own.whole) outcomes.taken++;
          // Node ends a message otherwise whose coding ends with a tab: that it takes what comes then says nothing of the chunks.
          else if (!theirs.whole || rewritten) outcomes.refused++;
          else {
            outcomes.stricter++;
            expect(KNOWN_REASONS).toContain(own.refusal);
          }
        }),
        run,
      );
      // The messages were neither all good nor all bad.
      expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(run.numRuns / 40);
    },
  );

  it.each(LENIENT)('are written anew where they are read leniently: %s', async (_what, answer, expected) => {
    const { passedOn, rewritten, ...read } = ownAnswerReading(answer, 'GET');
    expect([read.whole, rewritten]).toEqual([true, true]);
    expect(passedOn).toMatch(expected);
    expect(meaningOf(await nodeAnswerReading(passedOn, 'GET'))).toEqual(meaningOf(read));
  });

  it.each(STRICTER)('are refused here on purpose: %s', async (_why, refusal, example) => {
    expect(ownAnswerReading(example, 'GET').refusal).toBe(refusal);
    const theirs = await nodeAnswerReading(example, 'GET');
    expect(theirs.whole || theirs.interim.length === 1).toBe(true);
  });
});
