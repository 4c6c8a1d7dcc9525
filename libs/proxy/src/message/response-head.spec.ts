import { describe, expect, it } from 'vitest';
import { readResponse, refusal } from '../testing/scan.js';

/** What is read of an answer with this status line and these fields. */
function read(line: string, fields: readonly string[] = [], method = 'GET') {
  const { response } = readResponse(`${[line, ...fields].join('\r\n')}\r\n\r\n`, method);
  const { status, http10, untilClose, bodiless, persistent } = response;
  return { status, http10, untilClose, bodiless, persistent };
}

const PLAIN = { status: 200, http10: false, untilClose: false, bodiless: false, persistent: true };
const LENGTH = ['Content-Length: 3'];
const CHUNKED = ['Transfer-Encoding: chunked'];

describe('ResponseHead', () => {
  it.each([
    ['a body with a length', 'HTTP/1.1 200 OK', LENGTH, 'GET', {}],
    ['a body in chunks', 'HTTP/1.1 200 OK', CHUNKED, 'GET', {}],
    [
      'a body that ends with the connection',
      'HTTP/1.1 200 OK',
      [],
      'GET',
      { untilClose: true, persistent: false },
    ],
    [
      'a connection that ends',
      'HTTP/1.1 200 OK',
      [...LENGTH, 'Connection: close'],
      'GET',
      { persistent: false },
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK', LENGTH, 'GET', { http10: true, persistent: false }],
    [
      'HTTP/1.0 that goes on',
      'HTTP/1.0 200 OK',
      [...LENGTH, 'Connection: keep-alive'],
      'GET',
      { http10: true },
    ],
    [
      'HTTP/1.0 that says it goes on and has no length',
      'HTTP/1.0 200 OK',
      ['Connection: keep-alive'],
      'GET',
      { http10: true, untilClose: true, persistent: false },
    ],
    ['the answer to HEAD', 'HTTP/1.1 200 OK', LENGTH, 'HEAD', { bodiless: true }],
    ['the answer to HEAD without a length', 'HTTP/1.1 200 OK', [], 'HEAD', { bodiless: true }],
    ['the answer to HEAD with chunks', 'HTTP/1.1 200 OK', CHUNKED, 'HEAD', { bodiless: true }],
    ['204', 'HTTP/1.1 204 No Content', LENGTH, 'GET', { status: 204, bodiless: true }],
    ['304', 'HTTP/1.1 304 Not Modified', LENGTH, 'GET', { status: 304, bodiless: true }],
    ['an interim answer', 'HTTP/1.1 103 Early Hints', ['Link: x'], 'GET', { status: 103, bodiless: true }],
    [
      'a switch',
      'HTTP/1.1 101 -',
      ['Connection: Upgrade', 'Upgrade: x'],
      'GET',
      { status: 101, bodiless: true },
    ],
    ['no reason', 'HTTP/1.1 599', LENGTH, 'GET', { status: 599 }],
    ['a status that HTTP does not have', 'HTTP/1.1 600 -', LENGTH, 'GET', { status: 600 }],
    ['the last status of three digits', 'HTTP/1.1 999 -', LENGTH, 'GET', { status: 999 }],
    [
      'no length with such a status',
      'HTTP/1.1 701 -',
      [],
      'GET',
      { status: 701, untilClose: true, persistent: false },
    ],
  ])('reads %s', (_what, line, fields, method, expected) => {
    expect(read(line, fields, method)).toEqual({ ...PLAIN, ...expected });
  });

  it.each([
    ['HTTP/2.0', 'HTTP/2.0 200 OK', LENGTH, 'the version is neither HTTP/1.1 nor HTTP/1.0'],
    ['another protocol', 'ICY/1.10 200 OK', LENGTH, 'the version is neither HTTP/1.1 nor HTTP/1.0'],
    ['a version in small letters', 'http/1.1 200 OK', LENGTH, 'the version is neither HTTP/1.1 nor HTTP/1.0'],
    ['a status with a letter', 'HTTP/1.1 2x0 OK', LENGTH, 'the status is not of 3 digits'],
    ['a status with a sign', 'HTTP/1.1 +20 OK', LENGTH, 'the status is not of 3 digits'],
    ['a status below 100', 'HTTP/1.1 099 OK', LENGTH, 'the status is not one of HTTP'],
    [
      'length and coding',
      'HTTP/1.1 200 OK',
      [...LENGTH, ...CHUNKED],
      'Content-Length and Transfer-Encoding exclude each other',
    ],
    [
      'two lengths',
      'HTTP/1.1 200 OK',
      [...LENGTH, 'Content-Length: 4'],
      'Content-Length is given more than once',
    ],
    ['chunks of HTTP/1.0', 'HTTP/1.0 200 OK', CHUNKED, 'HTTP/1.0 has no chunked bodies'],
    [
      'an interim answer that ends the connection',
      'HTTP/1.1 103 -',
      ['Connection: close'],
      'an interim answer says that the connection ends with it',
    ],
    [
      'an interim answer of HTTP/1.0, which has none',
      'HTTP/1.0 100 -',
      [],
      'an interim answer says that the connection ends with it',
    ],
    [
      'a switch to nothing',
      'HTTP/1.1 101 -',
      ['Connection: upgrade'],
      '101 does not say to what it switches',
    ],
    [
      'a switch to an empty name',
      'HTTP/1.1 101 -',
      ['Connection: upgrade', 'Upgrade:'],
      '101 does not say to what it switches',
    ],
    [
      'a switch that Connection does not name',
      'HTTP/1.1 101 -',
      ['Upgrade: websocket'],
      '101 does not say to what it switches',
    ],
  ])('refuses %s', (_what, line, fields, message) => {
    expect(refusal(() => read(line, fields))).toEqual([400, message]);
  });

  it('refuses length and coding together also where there is no body', () => {
    expect(refusal(() => read('HTTP/1.1 200 OK', [...LENGTH, ...CHUNKED], 'HEAD'))?.[0]).toBe(400);
  });
});
