import { describe, expect, it } from 'vitest';
import { refusal, scanRequest, scanResponse, type ScannedHead } from '../testing/scan.js';
import { INCOMPLETE, latin1 } from './head-scanner.js';

/** Everything that a scanner found, as text. */
function parts({ scanner: { bytes, ...head }, end, scanner }: ScannedHead) {
  const text = (from: number, to: number) => latin1(bytes, from, to);
  return {
    startLine: [
      text(head.start, head.firstSpace),
      text(head.firstSpace + 1, head.secondSpace),
      text(head.secondSpace + 1, head.startLineEnd),
    ],
    fields: Array.from({ length: head.count }, (_, index) => [
      text(head.nameStart[index] ?? 0, head.nameEnd[index] ?? 0),
      scanner.value(index),
    ]),
    end,
  };
}

describe('HeadScanner: requests', () => {
  it('finds method, target, version, names and values, and where the head ends', () => {
    const head =
      'PATCH /a?b=c HTTP/1.1\r\nHost: a\r\nEmpty:\r\nOnly-Space: \t \r\nX!#$%&\'*+-.^_`|~9: \t in "quotes", \x80\xff \t\r\nlast:1\r\n\r\n';
    expect(parts(scanRequest(`${head}BODY`))).toEqual({
      startLine: ['PATCH', '/a?b=c', 'HTTP/1.1'],
      fields: [
        ['Host', 'a'],
        ['Empty', ''],
        ['Only-Space', ''],
        ["X!#$%&'*+-.^_`|~9", 'in "quotes", \x80\xff'],
        ['last', '1'],
      ],
      end: head.length,
    });
  });

  it('takes a head without fields', () => {
    expect(parts(scanRequest('GET / HTTP/1.0\r\n\r\n'))).toEqual({
      startLine: ['GET', '/', 'HTTP/1.0'],
      fields: [],
      end: 18,
    });
  });

  it('passes over empty lines in front of a request', () => {
    expect(parts(scanRequest('\r\n\r\nGET / HTTP/1.1\r\n\r\n'))).toEqual({
      startLine: ['GET', '/', 'HTTP/1.1'],
      fields: [],
      end: 22,
    });
  });

  it('wants more of every head that is not whole, whatever the buffer has behind it', () => {
    const head = '\r\nGET /a HTTP/1.1\r\nHost: a \r\nX:\t\r\n\r\n';
    for (let length = 0; length < head.length; length++) {
      expect([length, scanRequest(head.slice(0, length)).end]).toEqual([length, INCOMPLETE]);
    }
    expect(scanRequest(head).end).toBe(head.length);
  });

  it('gives the values of all fields of a name as one list', () => {
    const { scanner } = scanRequest('GET / HTTP/1.1\r\nVia: a\r\nX: y\r\nvIA: b, c\r\nVia:\r\n\r\n');
    const via = 16;
    const host = 1;
    expect([scanner.valueOf(via), scanner.has(via)]).toEqual(['a, b, c, ', true]);
    expect([scanner.valueOf(host), scanner.has(host)]).toEqual([undefined, false]);
  });

  it('forgets the fields of the head before', () => {
    const { scanner } = scanRequest('GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n');
    const next = Buffer.from('GET /b HTTP/1.1\r\nZ: 1\r\n\r\n');
    const end = scanner.scanRequest(next, 0, next.length);
    expect(parts({ scanner, end })).toEqual({
      startLine: ['GET', '/b', 'HTTP/1.1'],
      fields: [['Z', '1']],
      end: next.length,
    });
    expect(scanner.has(1)).toBe(false);
  });
});

const NO_METHOD = 'the request line has no valid method';
const NO_TARGET = 'the request line has no valid target';
const NO_NAME = 'a field has no valid name';
const CONTROL = 'a line of the head has a control character';
const BARE_CR = 'a line of the head has a bare CR';
const LINE = 'GET / HTTP/1.1\r\n';

describe('HeadScanner: what it refuses with 400', () => {
  it.each([
    ['a space before the method', ' GET / HTTP/1.1\r\n\r\n', NO_METHOD],
    ['a method with a character of no token', 'G@T / HTTP/1.1\r\n\r\n', NO_METHOD],
    ['a method with a control', 'GE\x00T / HTTP/1.1\r\n\r\n', NO_METHOD],
    ['a tab behind the method', 'GET\t/ HTTP/1.1\r\n\r\n', NO_METHOD],
    ['the first byte of TLS', '\x16\x03\x01', NO_METHOD],
    ['bare LF in front of a request', '\nGET / HTTP/1.1\r\n\r\n', NO_METHOD],
    ['bare CR in front of a request', '\rGET / HTTP/1.1\r\n\r\n', NO_METHOD],
    ['a method alone', 'GET\r\n\r\n', NO_METHOD],
    ['HTTP/0.9', 'GET /\r\n\r\n', NO_TARGET],
    ['two spaces behind the method', 'GET  / HTTP/1.1\r\n\r\n', NO_TARGET],
    ['a tab behind the target', 'GET /\tHTTP/1.1\r\n\r\n', NO_TARGET],
    ['a fragment in the target', 'GET /a#b HTTP/1.1\r\n\r\n', NO_TARGET],
    ['a NUL in the target', 'GET /a\x00b HTTP/1.1\r\n\r\n', NO_TARGET],
    ['a DEL in the target', 'GET /a\x7fb HTTP/1.1\r\n\r\n', NO_TARGET],
    ['an unescaped byte over 0x7f in the target', 'GET /\xe4 HTTP/1.1\r\n\r\n', NO_TARGET],
    ['bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', CONTROL],
    ['bare CR behind the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n', BARE_CR],
    ['CR CR LF behind the request line', 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', BARE_CR],
    ['a space in front of the first field', `${LINE} Host: a\r\n\r\n`, NO_NAME],
    ['a folded line', `${LINE}Host: a\r\nX: y\r\n z\r\n\r\n`, NO_NAME],
    ['a line folded with a tab', `${LINE}Host: a\r\nX: y\r\n\tz\r\n\r\n`, NO_NAME],
    ['a space before the colon', `${LINE}Host : a\r\n\r\n`, NO_NAME],
    ['a tab before the colon', `${LINE}Host\t: a\r\n\r\n`, NO_NAME],
    ['a field without a name', `${LINE}: a\r\n\r\n`, NO_NAME],
    ['a field without a colon', `${LINE}Host\r\n\r\n`, NO_NAME],
    ['a name with a control', `${LINE}Ho\x00st: a\r\n\r\n`, NO_NAME],
    ['a name with a byte over 0x7f', `${LINE}Hos\xf4: a\r\n\r\n`, NO_NAME],
    ['a name in quotes', `${LINE}"Host": a\r\n\r\n`, NO_NAME],
    ['bare LF behind a field', `${LINE}Host: a\nX: y\r\n\r\n`, CONTROL],
    ['bare LF for the empty line', `${LINE}Host: a\r\n\n`, NO_NAME],
    ['bare CR inside a value', `${LINE}Host: a\rX: y\r\n\r\n`, BARE_CR],
    ['CR CR LF behind a field', `${LINE}Host: a\r\r\n\r\n`, BARE_CR],
    ['CR without LF for the empty line', `${LINE}Host: a\r\n\rX`, BARE_CR],
  ])('%s', (_what, head, message) => {
    expect(refusal(() => scanRequest(head))).toEqual([400, message]);
  });

  it('every control character but tab in a value, and takes every other byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      const head = `${LINE}X: a${String.fromCharCode(byte)}b\r\n\r\n`;
      const isControl = (byte < 0x20 && byte !== 0x09) || byte === 0x7f;
      const message = byte === 0x0d ? BARE_CR : CONTROL;
      expect([byte, refusal(() => scanRequest(head))]).toEqual([
        byte,
        isControl ? [400, message] : undefined,
      ]);
    }
  });

  it('every byte in a name that is of no token, and takes every other byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      const char = String.fromCharCode(byte);
      const taken = refusal(() => scanRequest(`${LINE}a${char}b: c\r\n\r\n`)) === undefined;
      expect([byte, taken]).toEqual([byte, /^[!#$%&'*+\-.^_`|~0-9A-Za-z:]$/.test(char)]);
    }
  });

  it('as soon as the byte is there, without waiting for the rest of the head', () => {
    expect(refusal(() => scanRequest(`${LINE}Host : `))).toEqual([400, NO_NAME]);
    expect(refusal(() => scanRequest(`${LINE}Host: a\0`))).toEqual([400, CONTROL]);
  });
});

describe('HeadScanner: limits', () => {
  const limits = { headBytes: 100, fields: 3, targetBytes: 20 };

  it('takes a head up to its limit, and answers 431 beyond it, whole or not', () => {
    const head = (bytes: number) => `${LINE}X: `.padEnd(bytes - 4, 'x') + '\r\n\r\n';
    const tooLarge = [431, 'the head is over the limit of 100 bytes'];
    expect(scanRequest(head(100), limits).end).toBe(100);
    expect(refusal(() => scanRequest(head(101), limits))).toEqual(tooLarge);
    expect(scanRequest(head(200).slice(0, 100), limits).end).toBe(INCOMPLETE);
    expect(refusal(() => scanRequest(head(200).slice(0, 101), limits))).toEqual(tooLarge);
    expect(refusal(() => scanRequest('\r\n'.repeat(51), limits))).toEqual(tooLarge);
  });

  it('does not count what follows a head', () => {
    expect(scanRequest(`${LINE}\r\n${'x'.repeat(1_000)}`, limits).end).toBe(18);
  });

  it('takes as many fields as its limit, and answers 431 to one more', () => {
    const head = (fields: number) => `${LINE}${'X: y\r\n'.repeat(fields)}\r\n`;
    expect(scanRequest(head(3), limits).end).toBe(head(3).length);
    expect(refusal(() => scanRequest(head(4), limits))).toEqual([431, 'the head has more than 3 fields']);
  });

  it('takes a target up to its limit, and answers 414 beyond it, whole or not', () => {
    const tooLong = [414, 'the request target is over the limit of 20 bytes'];
    expect(scanRequest(`GET ${'/'.repeat(20)} HTTP/1.1\r\n\r\n`, limits).end).toBe(37);
    expect(refusal(() => scanRequest(`GET ${'/'.repeat(21)} HTTP/1.1\r\n\r\n`, limits))).toEqual(tooLong);
    expect(refusal(() => scanRequest(`GET ${'/'.repeat(21)}`, limits))).toEqual(tooLong);
    expect(scanRequest(`GET ${'/'.repeat(20)}`, limits).end).toBe(INCOMPLETE);
  });

  it('are 16 KiB, 100 fields and 8 KiB unless told otherwise', () => {
    const padded = (bytes: number) => `${LINE}X: `.padEnd(bytes - 4, 'x') + '\r\n\r\n';
    expect(scanRequest(padded(16_384)).end).toBe(16_384);
    expect(refusal(() => scanRequest(padded(16_385)))?.[0]).toBe(431);
    expect(refusal(() => scanRequest(`${LINE}${'a:b\r\n'.repeat(100)}\r\n`))).toBeUndefined();
    expect(refusal(() => scanRequest(`${LINE}${'a:b\r\n'.repeat(101)}\r\n`))?.[0]).toBe(431);
    expect(refusal(() => scanRequest(`GET ${'/'.repeat(8_192)} HTTP/1.1\r\n\r\n`))).toBeUndefined();
    expect(refusal(() => scanRequest(`GET ${'/'.repeat(8_193)} HTTP/1.1\r\n\r\n`))?.[0]).toBe(414);
  });
});

describe('HeadScanner: answers', () => {
  it.each([
    [
      'a reason',
      'HTTP/1.1 404 Not Found \xe4\r\nA: b\r\n\r\nbody',
      ['HTTP/1.1', '404', 'Not Found \xe4'],
      34,
    ],
    ['an empty reason', 'HTTP/1.1 200 \r\nA: b\r\n\r\n', ['HTTP/1.1', '200', ''], 23],
  ])('finds version, status and fields, with %s', (_what, head, startLine, end) => {
    expect(parts(scanResponse(head))).toEqual({ startLine, fields: [['A', 'b']], end });
  });

  it('takes a status line that ends with the status', () => {
    const { scanner, end } = scanResponse('HTTP/1.1 200\r\n\r\n');
    expect([latin1(scanner.bytes, scanner.start, scanner.startLineEnd), end]).toEqual(['HTTP/1.1 200', 16]);
    expect(scanner.secondSpace).toBe(scanner.startLineEnd);
  });

  it('wants more of every head that is not whole', () => {
    const head = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n';
    for (let length = 0; length < head.length; length++) {
      expect([length, scanResponse(head.slice(0, length)).end]).toEqual([length, INCOMPLETE]);
    }
  });

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'the status line is not one of HTTP/1.1'],
    ['an empty line in front', '\r\nHTTP/1.1 200 OK\r\n\r\n', 'the status line is not one of HTTP/1.1'],
    ['two spaces behind the version', 'HTTP/1.1  200 OK\r\n\r\n', 'the status is not of 3 digits'],
    ['a status of 4 digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'the status is not of 3 digits'],
    ['a bare LF behind the status', 'HTTP/1.1 200\nA: b\r\n\r\n', 'the status is not of 3 digits'],
    ['a bare LF behind the reason', 'HTTP/1.1 200 OK\nA: b\r\n\r\n', CONTROL],
    ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n', BARE_CR],
    ['a control in the reason', 'HTTP/1.1 200 O\x01K\r\n\r\n', CONTROL],
    ['a folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', NO_NAME],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n', NO_NAME],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n', CONTROL],
  ])('refuses %s', (_what, head, message) => {
    expect(refusal(() => scanResponse(head))).toEqual([400, message]);
  });

  it('refuses a head over the limits', () => {
    const limits = { headBytes: 10, fields: 1, responseHeadBytes: 60, responseFields: 2 };
    const line = 'HTTP/1.1 200 OK\r\n';
    expect(refusal(() => scanResponse(`${line}A: ${'b'.repeat(60)}`, limits))).toEqual([
      431,
      'the head is over the limit of 60 bytes',
    ]);
    expect(refusal(() => scanResponse(`${line}A:b\r\nA:b\r\nA:b\r\n\r\n`, limits))).toEqual([
      431,
      'the head has more than 2 fields',
    ]);
  });
});
