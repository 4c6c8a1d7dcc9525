import { describe, expect, it } from 'vitest';
import { readResponse } from '../testing/scan.js';
import { MessageBuilder } from './message-builder.js';
import { Pseudonym } from './pseudonym.js';
import { writeResponseHead, type ResponseWriting } from './response-writer.js';

const DATE = 'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n';
const WRITING: ResponseWriting = {
  pseudonym: new Pseudonym('balanza'),
  requestId: 'my-id',
  connection: '',
  date: `\r\n${DATE.trimEnd()}`,
  chunking: false,
  unchunking: false,
};
const UNDATED = 'Via: 1.1 balanza\r\nX-Request-Id: my-id\r\n';
const ADDED = UNDATED + DATE;

/** What a client gets for the answer `head`, which lacks its empty line. */
function written(head: string, writing: Partial<ResponseWriting> = {}): string {
  const { scanner, response } = readResponse(`${head}\r\n`);
  const message = new MessageBuilder(100);
  writeResponseHead(message, scanner, response, { ...WRITING, ...writing });
  return message.built().toString('latin1');
}

describe('writeResponseHead', () => {
  it('passes on the line and the fields as they stood there, and adds what it knows', () => {
    const head =
      'HTTP/1.1 200 Sch\xf6n\r\nset-COOKIE:a\r\nSet-Cookie:  b \r\nEmpty:\r\nContent-Length: 3\r\n';
    expect(written(head)).toBe(`${head}${ADDED}\r\n`);
    expect(written('HTTP/1.1 200 OK\r\n')).toBe(`HTTP/1.1 200 OK\r\n${ADDED}\r\n`);
  });

  it.each([
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n', 'HTTP/1.1 200 OK\r\n', 'Via: 1.0 balanza\r\n'],
    ['HTTP/1.0 without a reason', 'HTTP/1.0 200\r\n', 'HTTP/1.1 200 \r\n', 'Via: 1.0 balanza\r\n'],
    ['no reason', 'HTTP/1.1 200\r\n', 'HTTP/1.1 200 \r\n', 'Via: 1.1 balanza\r\n'],
    ['an empty reason', 'HTTP/1.1 200 \r\n', 'HTTP/1.1 200 \r\n', 'Via: 1.1 balanza\r\n'],
  ])('writes the line of an answer with %s as HTTP/1.1 has it', (_what, line, expected, via) => {
    expect(written(`${line}A: b\r\n`)).toBe(`${expected}A: b\r\n${via}X-Request-Id: my-id\r\n${DATE}\r\n`);
  });

  it('leaves out the fields of the connection and those that it names, but not the length', () => {
    const head =
      'HTTP/1.1 200 OK\r\nConnection: close, X-Internal, Content-Length\r\nKeep-Alive: timeout=5\r\nA: b\r\n' +
      'Proxy-Authenticate: x\r\nUpgrade: h2c\r\nX-Internal: 1\r\nX_Internal: 2\r\nContent-Length: 3\r\n';
    expect(written(head)).toBe(
      `HTTP/1.1 200 OK\r\nA: b\r\nX_Internal: 2\r\nContent-Length: 3\r\n${ADDED}\r\n`,
    );
  });

  it('adds itself behind earlier proxies, and keeps the id that the backend gave', () => {
    expect(written('HTTP/1.1 200 OK\r\nVia: 1.0 x\r\nX-Request-Id: theirs\r\nvia: 1.1 y\r\n')).toBe(
      `HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nVia: 1.0 x, 1.1 y, 1.1 balanza\r\n${DATE}\r\n`,
    );
    expect(written('HTTP/1.1 200 OK\r\nVia:\r\n')).toBe(`HTTP/1.1 200 OK\r\n${ADDED}\r\n`);
  });

  it('says of an error that it was handed on, behind what those before have said', () => {
    const head = 'HTTP/1.1 503 No\r\nProxy-Status: theirs; error=connection_refused\r\n';
    expect(written(head)).toBe(`${head}${ADDED}Proxy-Status: balanza; received-status=503\r\n\r\n`);
  });

  it('says what becomes of the connection and of the body', () => {
    expect(written('HTTP/1.1 200 OK\r\n', { connection: 'Connection: close\r\n', chunking: true })).toBe(
      `HTTP/1.1 200 OK\r\n${ADDED}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`,
    );
    expect(
      written('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n', {
        connection: 'Connection: close\r\n',
        unchunking: true,
      }),
    ).toBe(`HTTP/1.1 200 OK\r\nA: b\r\n${ADDED}Connection: close\r\n\r\n`);
  });

  it.each([['HTTP/1.1 204 No Content\r\n'], ['HTTP/1.1 103 Early Hints\r\n'], ['HTTP/1.1 100 Continue\r\n']])(
    'speaks of no body in %j',
    (line) => {
      const expected = `${line}Link: x\r\n${line.includes(' 204 ') ? ADDED : UNDATED}\r\n`;
      expect(written(`${line}Content-Length: 5\r\nLink: x\r\n`)).toBe(expected);
      expect(written(`${line}Transfer-Encoding: chunked\r\nLink: x\r\n`, { unchunking: true })).toBe(
        expected,
      );
    },
  );

  it.each([
    ['Content-Length: 3\r\nA: b\r\ncontent-length: 3\r\n', 'Content-Length: 3\r\n'],
    ['Content-Length: 3, 3\r\nA: b\r\n', 'Content-Length: 3\r\n'],
    ['Transfer-Encoding: , CHUNKED\r\nA: b\r\n', 'Transfer-Encoding: chunked\r\n'],
  ])('writes %j in the one form that every client reads', (given, expected) => {
    const line = 'HTTP/1.1 200 OK\r\n';
    expect(written(line + given)).toBe(`${line}A: b\r\n${expected}${ADDED}\r\n`);
  });

  it('announces no trailers where there are no chunks', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nA: b\r\n';
    expect(written(head, { unchunking: true })).toBe(`HTTP/1.1 200 OK\r\nA: b\r\n${ADDED}\r\n`);
    expect(written(head)).toBe(`${head}${ADDED}\r\n`);
  });

  it('keeps the length that 304 speaks of', () => {
    const head = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n';
    expect(written(head)).toBe(`${head}${ADDED}\r\n`);
  });

  it('says to what is switched', () => {
    expect(
      written(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade, x\r\nupgrade: websocket\r\nX: y\r\n',
        {
          connection: 'Connection: close\r\n',
        },
      ),
    ).toBe(`HTTP/1.1 101 Switching Protocols\r\n${UNDATED}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  });

  it.each(['Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n', 'date:whenever\r\n'])('keeps %j', (date) => {
    const head = `HTTP/1.1 200 OK\r\n${date}`;
    expect(written(head)).toBe(`${head}${UNDATED}\r\n`);
  });

  it('says to what the client has to upgrade', () => {
    const line = 'HTTP/1.1 426 Upgrade Required\r\n';
    const upgrade = 'Connection: Upgrade\r\nUpgrade: foo/2, bar\r\n';
    const given = `${line}Connection: upgrade, X\r\nX: y\r\nUpgrade: foo/2\r\nUpgrade: bar\r\nA: b\r\n`;
    expect(written(given)).toBe(`${line}A: b\r\n${ADDED}${upgrade}\r\n`);
    expect(written(given, { connection: 'Connection: close\r\n' })).toBe(
      `${line}A: b\r\n${ADDED}${upgrade}Connection: close\r\n\r\n`,
    );
    expect(written(line)).toBe(`${line}${ADDED}\r\n`);
  });

  it('hands a status on that HTTP does not have, as an error', () => {
    const head = 'HTTP/1.1 701 Odd\r\nContent-Length: 0\r\n';
    expect(written(head)).toBe(`${head}${ADDED}Proxy-Status: balanza; received-status=701\r\n\r\n`);
  });
});
