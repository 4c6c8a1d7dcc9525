import { describe, expect, it } from 'vitest';
import { inUsedBuffer, refusal } from '../testing/scan.js';
import { ChunkedScanner } from './chunked-scanner.js';
import { DEFAULT_LIMITS } from './message-error.js';

const LIMITS = { ...DEFAULT_LIMITS, chunkLineBytes: 20, trailerBytes: 30 };

/** Where the body in `text` ends, its data, and whether it is whole. */
function scan(text: string, scanner = new ChunkedScanner(LIMITS)) {
  const { bytes, start, end } = inUsedBuffer(text);
  let data = '';
  const at = scanner.scan(bytes, start, end, (piece, from, to) => {
    data += Buffer.from(piece).toString('latin1', from, to);
  });
  return { end: at - start, data, done: scanner.done };
}

describe('ChunkedScanner', () => {
  it.each([
    ['nothing', '0\r\n\r\n', ''],
    ['nothing, in more digits', '000\r\n\r\n', ''],
    ['one chunk', '3\r\nabc\r\n0\r\n\r\n', 'abc'],
    ['several chunks', '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', 'abc'],
    ['data that looks like chunks', '5\r\n0\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n'],
    [
      'sizes in small and capital letters',
      `a\r\n${'x'.repeat(10)}\r\nF\r\n${'y'.repeat(15)}\r\n0\r\n\r\n`,
      'xxxxxxxxxxyyyyyyyyyyyyyyy',
    ],
    ['a size of two digits', `1f\r\n${'x'.repeat(31)}\r\n0\r\n\r\n`, 'x'.repeat(31)],
    ['leading zeros', '000000000001\r\na\r\n0\r\n\r\n', 'a'],
    ['an extension', '1;a\r\nx\r\n0;b\r\n\r\n', 'x'],
    ['extensions with values', '1;a=b;c=1;d\r\nx\r\n0\r\n\r\n', 'x'],
    ['an extension in quotes', '1;a="b; \\"\t\xff"\r\nx\r\n0\r\n\r\n', 'x'],
    ['an empty extension in quotes', '1;a="";b\r\nx\r\n0\r\n\r\n', 'x'],
    ['trailers', '1\r\nx\r\n0\r\nA: b\r\nc:\td\r\n\r\n', 'x'],
    ['a trailer without a value', '0\r\nA:\r\n\r\n', ''],
    ['the one known trailer', '0\r\nendpoint-load-metrics:1\r\n\r\n', ''],
  ])('follows %s to its end and no further', (_what, body, data) => {
    const next = 'GET / HTTP/1.1\r\n\r\n';
    expect(scan(body + next)).toEqual({ end: body.length, data, done: true });
  });

  it('follows a body in pieces of any size', () => {
    const body = '3;a="b"\r\nabc\r\n0b;c\r\n12345678901\r\n0\r\nA: b\r\nCd: e\r\n\r\n';
    for (let size = 1; size <= body.length; size++) {
      const scanner = new ChunkedScanner(LIMITS);
      let data = '';
      for (let at = 0; at < body.length; at += size) {
        expect(scanner.done).toBe(false);
        const piece = body.slice(at, at + size);
        const result = scan(piece, scanner);
        data += result.data;
        expect(result.end).toBe(piece.length);
      }
      expect([size, data, scanner.done]).toEqual([size, 'abc12345678901', true]);
    }
  });

  it('begins anew, with all its limits', () => {
    const scanner = new ChunkedScanner(LIMITS);
    for (const text of ['3;abc\r\nab', '12', '0\r\nTrailer: 456789', '1;a="', '0\r\n\r\n']) {
      scan(text, scanner);
      scanner.reset();
      expect(scanner.done).toBe(false);
    }
    const body = `1;${'x'.repeat(18)}\r\na\r\n0\r\nA: ${'b'.repeat(23)}\r\n\r\n`;
    expect(scan(body, scanner)).toEqual({ end: body.length, data: 'a', done: true });
  });

  const SIZE = 'a chunk size has something that is not hexadecimal';
  const NO_SIZE = 'a chunk has no size';
  const EXTENSION = 'a chunk extension is not a name, or a name and a value';
  const NAME = 'a trailer has no valid name';
  const HEAD = 'a trailer has a name that belongs into the head';
  it.each([
    ['no size', '\r\n', NO_SIZE],
    ['an extension alone', ';a\r\n', NO_SIZE],
    ['a space before the size', ' 1\r\n', NO_SIZE],
    ['a negative size', '-1\r\n', NO_SIZE],
    ['a size with a sign', '+1\r\n', NO_SIZE],
    ['a size with a prefix', '0x1\r\n', SIZE],
    ['a size with a letter', '1g\r\n', SIZE],
    ['a size with a separator', '1_0\r\n', SIZE],
    ['a size with a comma', '1,0\r\n', SIZE],
    ['a size with a fraction', '1.0\r\n', SIZE],
    ['a size with a NUL', '1\0\r\n', SIZE],
    ['a space behind the size', '1 \r\n', SIZE],
    ['a tab behind the size', '1\t\r\n', SIZE],
    ['bare LF behind the size', '1\na\r\n', SIZE],
    ['bare CR behind the size', '1\ra\r\n', 'a chunk size is not followed by CR LF'],
    ['CR CR LF behind the size', '1\r\r\n', 'a chunk size is not followed by CR LF'],
    ['a size too large to count', '1000000000000\r\n', 'a chunk size is too large'],
    ['more zeros than digits may be', '0000000000001\r\n', 'a chunk size is too large'],
    ['a chunk longer than its size', '1\r\nab\r\n', 'a chunk is longer than its size'],
    ['bare LF behind a chunk', '1\r\na\n0\r\n\r\n', 'a chunk is longer than its size'],
    ['bare CR behind a chunk', '1\r\na\r0\r\n\r\n', 'a chunk is not followed by CR LF'],
    ['an empty extension', '1;\r\n', EXTENSION],
    ['two semicolons', '1;;a\r\n', EXTENSION],
    ['a space in front of an extension', '1 ;a\r\n', SIZE],
    ['a space behind a semicolon', '1; a\r\n', EXTENSION],
    ['a space behind an extension', '1;a \r\n', EXTENSION],
    ['a space before an equals sign', '1;a =b\r\n', EXTENSION],
    ['a space behind an equals sign', '1;a= b\r\n', EXTENSION],
    ['an extension without a name', '1;=b\r\n', EXTENSION],
    ['an extension with an empty value', '1;a=\r\n', EXTENSION],
    ['an extension with two values', '1;a=b=c\r\n', EXTENSION],
    ['an extension with a character of no token', '1;a@\r\n', EXTENSION],
    ['a value with a character of no token', '1;a=b,c\r\n', EXTENSION],
    ['a value half in quotes', '1;a=b"c"\r\n', EXTENSION],
    ['something behind the quotes', '1;a="b"c\r\n', EXTENSION],
    ['quotes without an end', '1;a="b\r\n', EXTENSION],
    ['a quote escaped at the end', '1;a="b\\"\r\n', EXTENSION],
    ['an escaped line end', '1;a="b\\\r\n', EXTENSION],
    ['bare LF in an extension', '1;a\nb\r\n', EXTENSION],
    ['bare LF in a value', '1;a=b\n\r\n', EXTENSION],
    ['bare LF in quotes', '1;a="b\n"\r\n', EXTENSION],
    ['bare CR in an extension', '1;a\rb\r\n', 'a chunk size is not followed by CR LF'],
    ['NUL in an extension', '1;a\0\r\n', EXTENSION],
    ['a byte over 0x7f in an extension', '1;\xff\r\n', EXTENSION],
    ['bare LF for the end', '0\r\n\n', NAME],
    ['bare LF behind the last size', '0\n\r\n', SIZE],
    ['bare CR for the end', '0\r\n\rX', 'the trailers do not end with CR LF'],
    ['a request line for a trailer', '0\r\nGET / HTTP/1.1\r\n', NAME],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', NAME],
    ['a space before the colon', '0\r\nA : b\r\n\r\n', NAME],
    ['a trailer without a name', '0\r\n: b\r\n\r\n', NAME],
    ['bare LF behind a trailer', '0\r\nA: b\n\r\n', 'a trailer has a control character'],
    ['bare CR in a trailer', '0\r\nA: b\rC: d\r\n', 'a trailer has a bare CR'],
    ['NUL in a trailer', '0\r\nA: \0\r\n', 'a trailer has a control character'],
    ['Content-Length for a trailer', '0\r\ncontent-LENGTH: 3\r\n', HEAD],
    ['Transfer-Encoding for a trailer', '0\r\nA: b\r\nTransfer-Encoding: x\r\n', HEAD],
    ['Host for a trailer', '0\r\nHost: b\r\n', HEAD],
    ['X-Forwarded-For for a trailer', '0\r\nX-Forwarded-For: b\r\n', HEAD],
    ['a long name of that family for a trailer', '0\r\nX-Forwarded-Whatever-There: b\r\n', HEAD],
    ['a length in disguise for a trailer', '0\r\nContent_Length: 3\r\n', HEAD],
  ])('refuses %s, whole and in pieces', (_what, body, message) => {
    expect(refusal(() => scan(body))).toEqual([400, message]);
    const scanner = new ChunkedScanner(LIMITS);
    expect(refusal(() => body.split('').forEach((byte) => scan(byte, scanner)))).toEqual([400, message]);
  });

  it('tells no data that is not inside a chunk', () => {
    const pieces: string[] = [];
    const bytes = Buffer.from('3\r\nabc\r\n2;x\r\nde\r\nz');
    expect(
      refusal(() =>
        new ChunkedScanner(LIMITS).scan(bytes, 0, bytes.length, (_, from, to) =>
          pieces.push(bytes.toString('latin1', from, to)),
        ),
      ),
    ).toEqual([400, NO_SIZE]);
    expect(pieces).toEqual(['abc', 'de']);
  });

  it('has limits for the extensions of a chunk and for all trailers', () => {
    const line = "a chunk's line is over the limit of 20 bytes";
    const trailers = 'the trailers are over the limit of 30 bytes';
    expect(refusal(() => scan(`1;${'x'.repeat(18)}\r\na\r\n1;${'x'.repeat(18)}\r\n`))).toBeUndefined();
    expect(refusal(() => scan(`1;${'x'.repeat(19)}`))).toEqual([400, line]);
    expect(refusal(() => scan(`0\r\n${'A: bcd\r\n'.repeat(3)}A: b\r\n\r\n`))).toEqual([431, trailers]);
    expect(refusal(() => scan(`0\r\n${'A: bcd\r\n'.repeat(3)}A:\r\n\r`))).toBeUndefined();
    expect(refusal(() => scan(`0\r\nA: ${'b'.repeat(30)}`))).toEqual([431, trailers]);
    expect(refusal(() => scan(`0\r\n${'a'.repeat(31)}`))).toEqual([431, trailers]);
  });
});
