import { describe, expect, it } from 'vitest';
import { refusal, scanRequest, scanResponse } from '../testing/scan.js';
import { Framing, NO_LENGTH } from './framing.js';

const NOTHING = {
  contentLength: NO_LENGTH,
  chunked: false,
  rewritten: false,
  close: false,
  keepAlive: false,
  upgrade: false,
  nominated: undefined,
};

function framingOf(...fields: string[]): Framing {
  const framing = new Framing();
  framing.read(
    scanRequest(`GET / HTTP/1.1\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`).scanner,
  );
  return framing;
}

describe('Framing', () => {
  it.each([
    ['no such field', ['Host: a'], {}],
    ['a length', ['Content-Length: 42'], { contentLength: 42 }],
    ['a length of nothing', ['content-length:0'], { contentLength: 0 }],
    ['a length with leading zeros', ['Content-Length: 007'], { contentLength: 7 }],
    ['the longest length', ['Content-Length: 999999999999999'], { contentLength: 999_999_999_999_999 }],
    ['chunked', ['Transfer-Encoding: chunked'], { chunked: true }],
    [
      'chunked in capitals, behind a tab and before a space',
      ['TRANSFER-ENCODING:\tCHUNKED '],
      { chunked: true },
    ],
    ['close', ['Connection: close'], { close: true }],
    ['close in capitals', ['Connection: Close'], { close: true }],
    [
      'options in several fields, with spaces, tabs and empty elements',
      ['Connection: Keep-Alive ,\t,X-A', 'Connection:', 'Connection: upgrade,x-b'],
      { keepAlive: true, upgrade: true, nominated: ['x-a', 'x-b'] },
    ],
    [
      'nothing that a message cannot do without',
      [
        'Connection: Host, Content-Length, transfer-encoding, X-Forwarded-For, X-Forwarded-Port, Forwarded, Authorization',
      ],
      { nominated: ['authorization'] },
    ],
  ])('reads %s', (_what, fields, expected) => {
    expect(framingOf(...fields)).toEqual({ ...NOTHING, ...expected });
  });

  it('forgets what the head before said', () => {
    const framing = framingOf('Content-Length: 1', 'Connection: close, upgrade, keep-alive, x');
    framing.read(scanRequest('GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n').scanner);
    expect(framing).toEqual({ ...NOTHING, chunked: true });
    framing.read(scanRequest('GET / HTTP/1.1\r\n\r\n').scanner);
    expect(framing).toEqual(NOTHING);
  });

  const LENGTH = 'Content-Length is not a number of bytes';
  const TWICE = 'Content-Length is given more than once';
  const CODING = 'Transfer-Encoding is not exactly "chunked"';
  const BOTH = 'Content-Length and Transfer-Encoding exclude each other';
  const OPTION = 'Connection has something that is not a name';
  it.each([
    ['length and coding', ['Content-Length: 5', 'Transfer-Encoding: chunked'], BOTH],
    ['coding and length', ['Transfer-Encoding: chunked', 'Content-Length: 0'], BOTH],
    ['a coding with a tab behind it', ['Transfer-Encoding: chunked\t'], CODING],
    ['a coding with a space and a tab behind it', ['Transfer-Encoding: chunked \t'], CODING],
    ['two lengths that differ', ['Content-Length: 5', 'Content-Length: 6'], TWICE],
    ['two lengths that agree', ['Content-Length: 5', 'Content-Length: 5'], TWICE],
    ['a length behind one of nothing', ['Content-Length: 0', 'Content-Length: 6'], TWICE],
    ['a list of lengths', ['Content-Length: 5, 5'], LENGTH],
    ['an empty length', ['Content-Length:'], LENGTH],
    ['a negative length', ['Content-Length: -1'], LENGTH],
    ['a length with a sign', ['Content-Length: +1'], LENGTH],
    ['a hexadecimal length', ['Content-Length: 0x10'], LENGTH],
    ['a length with an exponent', ['Content-Length: 1e1'], LENGTH],
    ['a length with a fraction', ['Content-Length: 1.0'], LENGTH],
    ['a length with a separator', ['Content-Length: 1_0'], LENGTH],
    ['a length with a space', ['Content-Length: 1 0'], LENGTH],
    ['a length with U+00A0', ['Content-Length: 1\xa0'], LENGTH],
    ['a length with digits of another script', ['Content-Length: \xb2'], LENGTH],
    ['a length too long to count', ['Content-Length: 1000000000000000'], LENGTH],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], CODING],
    ['chunked twice in a list', ['Transfer-Encoding: chunked, chunked'], CODING],
    ['another coding behind chunked', ['Transfer-Encoding: chunked, gzip'], CODING],
    ['an empty coding', ['Transfer-Encoding:'], CODING],
    ['another coding between chunked', ['Transfer-Encoding: chunked, gzip, chunked'], CODING],
    [
      'chunked and another coding, on lines of their own',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
      CODING,
    ],
    ['chunked with a comma', ['Transfer-Encoding: chunked,'], CODING],
    ['chunked with a comma in front', ['Transfer-Encoding: ,chunked'], CODING],
    ['chunked with a parameter', ['Transfer-Encoding: chunked;q=1'], CODING],
    ['chunked in quotes', ['Transfer-Encoding: "chunked"'], CODING],
    ['chunked with U+00A0', ['Transfer-Encoding: chunked\xa0'], CODING],
    ['an option with a space inside', ['Connection: close now'], OPTION],
    ['an option with U+00A0', ['Connection: close\xa0'], OPTION],
    ['an option with a parameter', ['Connection: close;q=1'], OPTION],
    ['thousands of options', [`Connection: ${'x,'.repeat(5_000)}`], 'Connection names more than 32 fields'],
  ])('refuses %s', (_what, fields, message) => {
    expect(refusal(() => framingOf(...fields))).toEqual([400, message]);
  });

  it.each(['gzip', 'gzip, chunked', 'identity', 'chunke', 'xchunked', 'X-A,\tb , CHUNKED'])(
    'refuses the coding %j with 501, as one that it does not know',
    (coding) => {
      expect(refusal(() => framingOf(`Transfer-Encoding: ${coding}`))).toEqual([501, CODING]);
    },
  );
});

describe('Framing of a response', () => {
  const read = (...fields: string[]) => {
    const framing = new Framing();
    const lines = fields.map((field) => `${field}\r\n`).join('');
    framing.read(scanResponse(`HTTP/1.1 200 OK\r\n${lines}\r\n`).scanner, true);
    return framing;
  };

  it.each([
    ['a length', ['Content-Length: 5'], { contentLength: 5 }],
    ['chunked', ['Transfer-Encoding: chunked'], { chunked: true }],
    [
      'the same length twice',
      ['Content-Length: 5', 'content-length: 05'],
      { contentLength: 5, rewritten: true },
    ],
    ['a list of the same length', ['Content-Length: 5,5 ,\t5'], { contentLength: 5, rewritten: true }],
    ['chunked in capitals', ['Transfer-Encoding: CHUNKED'], { chunked: true, rewritten: true }],
    ['chunked before a tab', ['Transfer-Encoding: chunked\t'], { chunked: true, rewritten: true }],
    ['empty elements', ['Transfer-Encoding: ,, chunked ,'], { chunked: true, rewritten: true }],
    [
      'an empty field',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding:'],
      { chunked: true, rewritten: true },
    ],
    [
      'an empty field before',
      ['Transfer-Encoding:', 'Transfer-Encoding: chunked'],
      { chunked: true, rewritten: true },
    ],
  ])('reads %s, and says whether it has to be written anew', (_what, fields, expected) => {
    expect(read(...fields)).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    [
      'lengths that differ',
      ['Content-Length: 5', 'Content-Length: 6'],
      'Content-Length is given more than once',
    ],
    ['a list of lengths that differ', ['Content-Length: 5, 6'], 'Content-Length is given more than once'],
    ['an empty element', ['Content-Length: 5,'], 'Content-Length is not a number of bytes'],
    [
      'a second that is no number',
      ['Content-Length: 5', 'Content-Length: x'],
      'Content-Length is not a number of bytes',
    ],
    ['chunked twice', ['Transfer-Encoding: chunked, chunked'], 'Transfer-Encoding is not exactly "chunked"'],
    ['no coding at all', ['Transfer-Encoding: ,'], 'Transfer-Encoding is not exactly "chunked"'],
    ['another coding', ['Transfer-Encoding: gzip, chunked'], 'Transfer-Encoding is not exactly "chunked"'],
    [
      'the same length twice, and chunked',
      ['Content-Length: 5, 5', 'Transfer-Encoding: chunked'],
      'Content-Length and Transfer-Encoding exclude each other',
    ],
  ])('refuses %s', (_what, fields, message) => {
    expect(refusal(() => read(...fields))).toEqual([400, message]);
  });
});
