import { describe, expect, it } from 'vitest';
import { inUsedBuffer, refusal } from '../testing/scan.js';
import { ChunkedScanner } from './chunked-scanner.js';
import { DEFAULT_LIMITS } from './message-error.js';

/** What goes on of the body in `text`, scanned in pieces of `size` bytes. */
function passedOn(text: string, size = text.length, nominated?: readonly string[]) {
  const scanner = new ChunkedScanner(DEFAULT_LIMITS, true);
  scanner.reset(nominated);
  let passed = '';
  let data = '';
  for (let start = 0; start < text.length; start += size) {
    const piece = inUsedBuffer(text.slice(start, start + size));
    const end = scanner.scan(piece.bytes, piece.start, piece.end, (bytes, from, to) => {
      data += Buffer.from(bytes).toString('latin1', from, to);
    });
    const { omitted } = scanner;
    let from = piece.start;
    for (let index = 0; index < omitted.length; index += 2) {
      passed += piece.bytes.toString('latin1', from, omitted[index]);
      from = omitted[index + 1] ?? end;
    }
    passed += piece.bytes.toString('latin1', from, end) + scanner.takeTrailers();
  }
  return { passed, data, done: scanner.done };
}

/** What a scanner of requests, which takes nothing that can be read in two ways, finds in `text`. */
function strictly(text: string) {
  const scanner = new ChunkedScanner(DEFAULT_LIMITS);
  let data = '';
  const bytes = Buffer.from(text, 'latin1');
  const end = scanner.scan(
    bytes,
    0,
    bytes.length,
    (_, from, to) => (data += bytes.toString('latin1', from, to)),
  );
  return { data, done: scanner.done, end };
}

const LAST = '0\r\n\r\n';

describe('ChunkedScanner of responses', () => {
  it.each([
    ['a body without anything', `3\r\nabc\r\n${LAST}`, `3\r\nabc\r\n${LAST}`],
    ['extensions', `3;a=b;c="d ;\t"\r\nabc\r\n0;e\r\n\r\n`, `3;a=b;c="d ;\t"\r\nabc\r\n0;e\r\n\r\n`],
    ['white space before an extension', `2 ;a=b\r\nhi\r\n${LAST}`, `2;a=b\r\nhi\r\n${LAST}`],
    ['white space behind a semicolon', `2; \ta\r\nhi\r\n${LAST}`, `2;a\r\nhi\r\n${LAST}`],
    ['white space around an equals sign', `2;a \t= "b"\r\nhi\r\n${LAST}`, `2;a="b"\r\nhi\r\n${LAST}`],
    ['white space behind extensions', `2;a ;b= c ;d \r\nhi\r\n0 \r\n\r\n`, `2;a;b=c;d\r\nhi\r\n${LAST}`],
    ['white space behind a size', `2 \t \r\nhi\r\n${LAST}`, `2\r\nhi\r\n${LAST}`],
    ['trailers', '0\r\nX-A: b \r\nx-b:\r\n\r\n', '0\r\nX-A: b \r\nx-b:\r\n\r\n'],
    [
      'trailers that the proxy knows',
      '0\r\nProxy-Status: x; error=connection_terminated\r\nDate: d\r\nX-Request-Id: r\r\n\r\n',
      '0\r\nProxy-Status: x; error=connection_terminated\r\nDate: d\r\nX-Request-Id: r\r\n\r\n',
    ],
    [
      'trailers that may not be merged into the head',
      '0\r\nX-A: b\r\nContent-Length: 5\r\nHost: b\r\nAuthentication-Info: c\r\nSet-Cookie: d\r\n\r\n',
      '0\r\nX-A: b\r\nAuthentication-Info: c\r\n\r\n',
    ],
    ['nothing but such trailers', '0\r\ntransfer-ENCODING: chunked\r\nX-Forwarded-Any: b\r\n\r\n', LAST],
    ['such a name in disguise', '0\r\nContent_Length: 5\r\nX-A: b\r\n\r\n', '0\r\nX-A: b\r\n\r\n'],
    [
      'trailers that Connection names',
      '0\r\nX-Private: 1\r\nX-A: b\r\nx-PRIVATE: 2\r\n\r\n',
      '0\r\nX-A: b\r\n\r\n',
    ],
    ['a value that looks like such a trailer', '0\r\nX-A: Host: b\r\n\r\n', '0\r\nX-A: Host: b\r\n\r\n'],
  ])('takes %s, and passes on what can be read in one way alone', (_what, text, expected) => {
    // Names that only requests may not have in trailers.
    const harmless = expected.replace(/^(?:Proxy-Status|X-Request-Id)/gm, 'X-Any');
    const { data } = strictly(harmless);
    for (let size = 1; size <= text.length; size++) {
      const { passed, ...read } = passedOn(text, size, ['x-private']);
      expect([size, passed, read]).toEqual([size, expected, { data, done: true }]);
    }
    expect(strictly(harmless)).toEqual({ data, done: true, end: harmless.length });
  });

  it.each([
    ['white space before a size', ' 2\r\n', 'a chunk has no size'],
    ['white space inside a size', '1 2\r\n', 'a chunk extension is not a name, or a name and a value'],
    ['an extension without a name', '2; \r\n', 'a chunk extension is not a name, or a name and a value'],
    ['an extension without a value', '2;a= \r\n', 'a chunk extension is not a name, or a name and a value'],
    ['two names in a row', '2;a b\r\n', 'a chunk extension is not a name, or a name and a value'],
    ['two values in a row', '2;a=b c\r\n', 'a chunk extension is not a name, or a name and a value'],
    ['a bare CR behind white space', '2 \rX', 'a chunk size is not followed by CR LF'],
    ['a bare LF behind white space', '2 \nhi', 'a chunk extension is not a name, or a name and a value'],
    ['white space without end', `2${' '.repeat(300)}`, "a chunk's line is over the limit of 256 bytes"],
    ['white space in front of data', '2\r\nhi \r\n', 'a chunk is longer than its size'],
    ['a space before a trailer’s colon', '0\r\nA : b\r\n\r\n', 'a trailer has no valid name'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', 'a trailer has no valid name'],
    ['a trailer with a control', '0\r\nHost: \0\r\n', 'a trailer has a control character'],
  ])('refuses %s', (_what, text, message) => {
    expect(refusal(() => passedOn(text))?.[1]).toBe(message);
    expect(refusal(() => passedOn(text, 1))?.[1]).toBe(message);
  });

  it('counts the trailers that it drops', () => {
    const section = `0\r\n${'Host: b\r\n'.repeat(1_000)}`;
    expect(refusal(() => passedOn(section))).toEqual([431, 'the trailers are over the limit of 8192 bytes']);
  });

  it('passes each whole trailer on as it comes, and forgets those of the body before', () => {
    const scanner = new ChunkedScanner(DEFAULT_LIMITS, true);
    const scan = (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      scanner.scan(bytes, 0, bytes.length);
      return [scanner.takeTrailers(), scanner.omitted];
    };
    expect(scan('0\r\nX-A: b\r\nX-')).toEqual(['X-A: b\r\n', [3, 13]]);
    expect(scan('B: c\r\nHost: d\r\nX-C')).toEqual(['X-B: c\r\n', [0, 18]]);
    scanner.reset();
    expect([scanner.takeTrailers(), scanner.omitted]).toEqual(['', []]);
    expect(scan(LAST)).toEqual(['', []]);
  });
});

it('refuses trailers of a request that Connection names, also long ones', () => {
  const name = `x-${'a'.repeat(200)}`;
  const scanner = new ChunkedScanner(DEFAULT_LIMITS);
  const scan = (text: string) => {
    scanner.reset([name]);
    const bytes = Buffer.from(text, 'latin1');
    scanner.scan(bytes, 0, bytes.length);
  };
  expect(refusal(() => scan(`0\r\nA: b\r\n${name.toUpperCase()}: 1\r\n\r\n`))).toEqual([
    400,
    'a trailer has a name that belongs into the head',
  ]);
  expect(refusal(() => scan(`0\r\nA: b\r\n${name}b: 1\r\nDate: x\r\n\r\n`))).toBeUndefined();
});
