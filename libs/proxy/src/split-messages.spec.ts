import { rawUpstream } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { cuts, sendPieces } from './testing/pieces.js';
import { proxyServer } from './testing/proxy-server.js';
import { RawClient } from './testing/raw-client.js';
import { takeHead, takeMessage } from './testing/wire-messages.js';

const ID = 'X-Request-Id: r1\r\n';
/** The fields without which a request is none, and those that would otherwise be made up anew each time. */
const HOST = `Host: a\r\n${ID}`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: echo\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What came out at the two ends of the proxy. */
interface Outcome {
  readonly toBackend: string;
  readonly toClient: string;
  readonly closed: boolean;
}

/** What the two ends send. */
interface Script {
  readonly request: readonly string[];
  readonly answer: readonly string[];
  /** The backend ends its connection behind the answer. */
  readonly thenEnds?: boolean;
}

/** A client and a backend that send what they are told, with a proxy between them; each connection is kept while it can be. */
async function rig() {
  let toBackend = '';
  let script: Script = { request: [], answer: [] };
  const backend = await rawUpstream((socket) => {
    let unread = '';
    let switched = false;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => {
      toBackend += text;
      if (switched) socket.write(text, 'latin1');
      unread += text;
      const request = takeMessage(unread);
      if (switched || request === undefined) return;
      unread = '';
      switched = request.head.includes(UPGRADE);
      void sendPieces(socket, script.answer).then(() => script.thenEnds === true && socket.end());
    });
  });
  const proxy = await proxyServer([backend.url]);
  let client: RawClient | undefined;
  const drop = () => {
    client?.[Symbol.dispose]();
    client = undefined;
  };
  return {
    /** Runs `next` until `isEnough` of an answer has come to the client. */
    async run(next: Script, isEnough: (received: string) => boolean): Promise<Outcome> {
      script = next;
      toBackend = '';
      client ??= await RawClient.connect(proxy.port);
      const reading = client.readUntil(isEnough);
      await sendPieces(client.socket, next.request);
      const toClient = await reading;
      const closed = client.isClosed;
      if (closed || toClient.startsWith('HTTP/1.1 101')) drop();
      return { toBackend, toClient, closed };
    },
    async [Symbol.asyncDispose]() {
      drop();
      await proxy[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

/** A connection that is about to close is read to its end, any other until the answer to `method` is whole. */
function isWhole(method: string, closes: boolean): (received: string) => boolean {
  return (received) => {
    if (closes) return false;
    let rest = received;
    while (/^HTTP\/1\.1 1(?!01)/.test(rest)) rest = rest.slice(takeHead(rest)?.raw.length ?? rest.length);
    const answer =
      method === 'HEAD' || / (?:204|304) /.test(rest.slice(0, 13)) ? takeHead(rest) : takeMessage(rest);
    return answer !== undefined;
  };
}

type Request = readonly [what: string, bytes: string, status: number, closes: boolean];

const CHUNKED = `POST /c HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
const REQUESTS: readonly Request[] = [
  ['without a body', `GET /a?b HTTP/1.1\r\n${HOST}Accept:  x \r\n\r\n`, 200, false],
  ['behind empty lines', `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`, 200, false],
  ['with a length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 12\r\n\r\nhello\r\n\r\nabc`, 200, false],
  ['with a length of nothing', `PUT / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, 200, false],
  ['in chunks', `${CHUNKED}5\r\nhello\r\n0a\r\n0123456789\r\n0\r\n\r\n`, 200, false],
  [
    'in chunks with extensions and trailers',
    `${CHUNKED}3;a="b;\\"";c=d\r\n0\r\n\r\n0;e\r\nX: y\r\nZ:\r\n\r\n`,
    200,
    false,
  ],
  ['in no chunk', `${CHUNKED}0\r\n\r\n`, 200, false],
  [
    'with fields of the connection',
    `GET / HTTP/1.1\r\nConnection: x, keep-alive\r\n${HOST}X: y\r\nKeep-Alive: z\r\nV:\r\n\r\n`,
    200,
    false,
  ],
  ['to a URL', `GET http://a/b HTTP/1.1\r\n${HOST}\r\n`, 200, false],
  ['of HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Content-Length: 1\r\n\r\nx`, 200, true],
  [
    'of HTTP/1.0 that keeps its connection',
    `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
    200,
    false,
  ],
  ['that is the last', `GET / HTTP/1.1\r\nConnection: close\r\n${HOST}\r\n`, 200, true],
  ['with a folded line', `GET / HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`, 400, true],
  ['with a space before a colon', `GET / HTTP/1.1\r\nHost : a\r\n\r\n`, 400, true],
  ['with a bare LF', `GET / HTTP/1.1\r\nHost: a\n\r\n`, 400, true],
  ['with a bare CR', `GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n`, 400, true],
  [
    'with two lengths',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
    400,
    true,
  ],
  [
    'with a length and chunks',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    true,
  ],
];

describe('A request in pieces', () => {
  it.each(REQUESTS)('%s, is the same request', { timeout: 30_000 }, async (_what, bytes, status, closes) => {
    await using proxied = await rig();
    const answer = [OK];
    const enough = isWhole('', closes);
    const whole = await proxied.run({ request: [bytes], answer }, enough);
    expect(whole.toClient).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(whole.closed).toBe(closes);
    expect(takeMessage(whole.toBackend)?.body).toBe(
      status === 200 ? takeMessage(bytes.trimStart())?.body : undefined,
    );
    for (const request of cuts(bytes)) {
      expect([request, await proxied.run({ request, answer }, enough)]).toEqual([request, whole]);
    }
  });

  it('that switches, and what follows it, are the same', { timeout: 30_000 }, async () => {
    await using proxied = await rig();
    const answer = [`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\nhello `];
    const bytes = `GET / HTTP/1.1\r\n${UPGRADE}${HOST}\r\nGET /no-http`;
    const enough = (received: string) => received.endsWith('\r\n\r\nhello GET /no-http');
    const whole = await proxied.run({ request: [bytes], answer }, enough);
    expect(whole).toEqual({
      toBackend: expect.stringMatching(/X-Request-Id: r1\r\n\r\nGET \/no-http$/),
      toClient: expect.stringMatching(/^HTTP\/1.1 101 /),
      closed: false,
    });
    for (const request of cuts(bytes)) {
      expect([request, await proxied.run({ request, answer }, enough)]).toEqual([request, whole]);
    }
  });
});

type Answer = readonly [
  what: string,
  bytes: string,
  status: number,
  more: { method?: string; thenEnds?: true; version?: string },
];

const ANSWERS: readonly Answer[] = [
  ['with a length', `HTTP/1.1 200 OK\r\nContent-Length: 12\r\nA: b \r\n\r\nhello\r\n\r\nabc`, 200, {}],
  ['with a length of nothing', `HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`, 404, {}],
  ['without a reason', `HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx`, 200, {}],
  [
    'in chunks',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0a\r\n0123456789\r\n0\r\n\r\n`,
    200,
    {},
  ],
  [
    'in chunks with extensions and trailers',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a="b;";c=d\r\n0\r\n\r\n0;e\r\nX: y\r\nZ:\r\n\r\n`,
    200,
    {},
  ],
  [
    'in chunks for a client of HTTP/1.0',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n`,
    200,
    { version: '1.0' },
  ],
  ['that ends with the connection', `HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello\r\n\r\n`, 200, { thenEnds: true }],
  ['of HTTP/1.0 that ends with the connection', `HTTP/1.0 200 OK\r\n\r\n0\r\n\r\n`, 200, { thenEnds: true }],
  ['to HEAD', `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n`, 200, { method: 'HEAD' }],
  ['without a body', `HTTP/1.1 204 No Content\r\nA: b\r\n\r\n`, 204, {}],
  ['that nothing has changed', `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n`, 304, {}],
  [
    'behind interim answers',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx`,
    100,
    {},
  ],
  [
    'with fields of the connection',
    `HTTP/1.1 200 OK\r\nConnection: x\r\nX: y\r\nContent-Length: 1\r\nKeep-Alive: z\r\n\r\nx`,
    200,
    {},
  ],
  [
    'that is the last of its connection',
    `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`,
    200,
    {},
  ],
  ['with a folded line', `HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n`, 502, {}],
  ['with a bare LF', `HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n`, 502, {}],
  [
    'with a length and chunks',
    `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    502,
    {},
  ],
];

/** An answer that ended with its connection goes on in chunks; which bytes are in which is nobody's business. */
function withoutChunks({ toClient, ...rest }: Outcome): unknown {
  const { head, body } = takeMessage(toClient) ?? {};
  return { ...rest, head, body };
}

describe('An answer in pieces', () => {
  it.each(ANSWERS)('%s, is the same answer', { timeout: 30_000 }, async (_what, bytes, status, more) => {
    const { method = 'GET', thenEnds = false, version = '1.1' } = more;
    await using proxied = await rig();
    const request = [`${method} / HTTP/${version}\r\n${HOST}\r\n`];
    const enough = isWhole(method, version === '1.0');
    const normal = (outcome: Outcome): unknown => (thenEnds ? withoutChunks(outcome) : outcome);
    const whole = await proxied.run({ request, answer: [bytes], thenEnds }, enough);
    expect(whole.toClient).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const answer of cuts(bytes)) {
      const outcome = await proxied.run({ request, answer, thenEnds }, enough);
      expect([answer, normal(outcome)]).toEqual([answer, normal(whole)]);
    }
  });
});
