import { fuzz, rawUpstream } from '@balanza/testing';
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sendPieces } from './testing/pieces.js';
import { proxyServer } from './testing/proxy-server.js';
import { RawClient } from './testing/raw-client.js';
import { takeHead, takeMessage } from './testing/wire-messages.js';

/** A body as it is sent, and as it is meant. */
interface Body {
  readonly fields: string;
  readonly sent: string;
  readonly meant: string;
  readonly trailers: string;
}

interface SentRequest {
  readonly method: string;
  readonly body: Body;
}

interface SentAnswer {
  readonly status: number;
  /** Interim answers in front of it. */
  readonly interim: number;
  readonly body: Body;
  /** The backend's connection ends behind it. */
  readonly thenEnds: boolean;
}

const { array, boolean, constant, constantFrom, nat, oneof, record, string } = fc;

/** Bytes that look like parts of messages, and any others. */
const DATA: Arbitrary<string> = array(
  oneof(
    constantFrom(
      '\r\n',
      '0\r\n\r\n',
      '5\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\n',
      '\0\xff',
    ),
    string({
      maxLength: 20,
      unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    }),
    nat(40_000).map((length) => 'x'.repeat(length)),
  ),
  { maxLength: 4 },
).map((parts) => parts.join(''));

const NO_BODY: Body = { fields: '', sent: '', meant: '', trailers: '' };
const WITH_LENGTH: Arbitrary<Body> = DATA.map((meant) => ({
  fields: `Content-Length: ${meant.length}\r\n`,
  sent: meant,
  meant,
  trailers: '',
}));
const IN_CHUNKS: Arbitrary<Body> = record({
  chunks: array(
    record({ data: DATA.filter((data) => data !== ''), extension: constantFrom('', '', ';a', ';a="\\"b;"') }),
    { maxLength: 5 },
  ),
  trailers: constantFrom('', '', 'X: y\r\n', 'X:\r\nY: z \r\n'),
}).map(({ chunks, trailers }) => {
  const sent = chunks.map(({ data, extension }) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`);
  return {
    fields: 'Transfer-Encoding: chunked\r\n',
    sent: `${sent.join('')}0\r\n${trailers}\r\n`,
    meant: chunks.map(({ data }) => data).join(''),
    trailers,
  };
});

const REQUEST: Arbitrary<SentRequest> = oneof(
  record({ method: constantFrom('GET', 'HEAD', 'DELETE', 'OPTIONS'), body: constant(NO_BODY) }),
  record({ method: constantFrom('POST', 'PUT', 'GET'), body: oneof(WITH_LENGTH, IN_CHUNKS) }),
);
const ANSWER: Arbitrary<SentAnswer> = oneof(
  record({
    status: constantFrom(200, 201, 404, 500),
    interim: constantFrom(0, 0, 0, 1, 2),
    body: oneof(WITH_LENGTH, IN_CHUNKS),
    thenEnds: constantFrom(false, false, true),
  }),
  record({
    status: constant(200),
    interim: constant(0),
    body: DATA.map((meant) => ({ ...NO_BODY, sent: meant, meant })),
    thenEnds: constant(true),
  }),
  record({
    status: constantFrom(204, 304),
    interim: constant(0),
    body: constant(NO_BODY),
    thenEnds: boolean(),
  }),
);
const EXCHANGES = array(record({ request: REQUEST, answer: ANSWER }), { minLength: 1, maxLength: 8 });
type Exchanges = typeof EXCHANGES extends Arbitrary<infer T> ? T : never;

/** `text` cut at some places, which may be anywhere. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b);
  return [...ends, text.length]
    .map((end, index) => text.slice(ends[index - 1] ?? 0, end))
    .filter((piece) => piece !== '');
}

/** The backend's half: takes requests off its connections, and answers them in the order in which they came. */
function backendFor(exchanges: Exchanges, places: readonly number[]) {
  const taken: unknown[] = [];
  const start = rawUpstream((socket) => {
    let unread = '';
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => {
      unread += text;
      for (let request = takeMessage(unread); request !== undefined; request = takeMessage(unread)) {
        unread = unread.slice(request.raw.length);
        const { head, body, trailers } = request;
        const [method, target] = head.split(' ');
        const exchange = exchanges[taken.push({ method, target, body, trailers }) - 1];
        if (exchange === undefined) continue;
        const { interim, status, body: answer, thenEnds } = exchange.answer;
        const bodiless = exchange.request.method === 'HEAD' || status === 204 || status === 304;
        const bytes = `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(interim)}HTTP/1.1 ${status} Reason\r\nX-Target: ${target}\r\n${thenEnds ? 'Connection: close\r\n' : ''}${answer.fields}\r\n${bodiless ? '' : answer.sent}`;
        void sendPieces(socket, cut(bytes, places)).then(() => thenEnds && socket.end());
      }
    });
  });
  return { start, taken };
}

/** What a client finds in all that it got. */
function answersIn(received: string, exchanges: Exchanges) {
  let rest = received;
  const next = (bodiless: boolean) => {
    const message = bodiless ? takeHead(rest) : takeMessage(rest);
    rest = rest.slice(message?.raw.length ?? rest.length);
    return message;
  };
  const answers = exchanges.map(({ request, answer }) => {
    const interim = Array.from({ length: answer.interim }, () => next(true)?.head.split('\r\n')[0]);
    const message = next(request.method === 'HEAD' || answer.status === 204 || answer.status === 304);
    const [, status, target] = /^HTTP\/1\.1 (\d+) [^]*^X-Target: (.*)\r$/m.exec(message?.head ?? '') ?? [];
    return { interim, status: Number(status), target, body: message?.body, trailers: message?.trailers };
  });
  return { answers, rest };
}

describe('Framing', () => {
  const run = fuzz(60);

  it(
    `takes pipelined requests to the backend and the answers back, each whole and in its turn (seed ${run.seed})`,
    { timeout: run.timeoutMs },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          EXCHANGES,
          array(nat(), { maxLength: 6 }),
          array(nat(), { maxLength: 3 }),
          async (exchanges, places, backendPlaces) => {
            const { start, taken } = backendFor(exchanges, backendPlaces);
            await using backend = await start;
            await using proxy = await proxyServer([backend.url]);
            using client = await RawClient.connect(proxy.port);
            const requests = exchanges.map(
              ({ request: { method, body } }, index) =>
                `${method} /${index} HTTP/1.1\r\nHost: a\r\n${index === exchanges.length - 1 ? 'Connection: close\r\n' : ''}${body.fields}\r\n${body.sent}`,
            );
            const reading = client.readAll();
            await sendPieces(client.socket, cut(requests.join(''), places));
            const { text, closed } = await reading;
            expect(taken).toEqual(
              exchanges.map(({ request: { method, body } }, index) => ({
                method,
                target: `/${index}`,
                body: body.meant,
                trailers: body.trailers,
              })),
            );
            expect({ ...answersIn(text, exchanges), closed }).toEqual({
              answers: exchanges.map(({ request: { method }, answer: { status, interim, body } }, index) => {
                const isBodiless = method === 'HEAD' || status === 204 || status === 304;
                return {
                  interim: Array.from({ length: interim }, () => 'HTTP/1.1 103 Early Hints'),
                  status,
                  target: `/${index}`,
                  body: isBodiless ? '' : body.meant,
                  trailers: isBodiless ? '' : body.trailers,
                };
              }),
              rest: '',
              closed: 'end',
            });
          },
        ),
        // A failure is shrunk for as long as there is time, and then told.
        { ...run, interruptAfterTimeLimit: run.timeoutMs - 10_000 },
      );
    },
  );
});
