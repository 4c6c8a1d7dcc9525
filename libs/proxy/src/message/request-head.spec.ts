import { METHODS } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readRequest, refusal, scanRequest } from '../testing/scan.js';
import { NO_LENGTH } from './framing.js';
import { ANY_HOPS, RequestHead } from './request-head.js';

function partsOf({ method, target, originForm, host, http10, persistent, upgrade, hasBody }: RequestHead) {
  return { method: method.name, target, originForm, host, http10, persistent, upgrade, hasBody };
}

/** What is read of a request with this line and these fields. */
function read(line: string, ...fields: string[]) {
  return partsOf(readRequest(`${[line, ...fields].join('\r\n')}\r\n\r\n`).request);
}

const PLAIN = {
  method: 'GET',
  target: '/',
  originForm: true,
  host: 'a',
  http10: false,
  persistent: true,
  upgrade: '',
  hasBody: false,
};

describe('RequestHead', () => {
  it.each([
    ['a request', 'GET / HTTP/1.1', ['Host: a'], {}],
    ['a path and a query', 'GET /b/%20?c=/d&&e[]= HTTP/1.1', ['Host: a'], { target: '/b/%20?c=/d&&e[]=' }],
    ['a path of two slashes', 'GET //b/c HTTP/1.1', ['Host: a'], { target: '//b/c' }],
    ['a port', 'GET / HTTP/1.1', ['Host: a.example:8080'], { host: 'a.example:8080' }],
    ['an empty port', 'GET / HTTP/1.1', ['Host: a:'], { host: 'a:' }],
    ['the last port', 'GET / HTTP/1.1', ['Host: a:65535'], { host: 'a:65535' }],
    ['an IPv6 address', 'GET / HTTP/1.1', ['Host: [::1]:80'], { host: '[::1]:80' }],
    ['an escaped host', 'GET / HTTP/1.1', ['Host: a%C3%A4'], { host: 'a%C3%A4' }],
    ['an absolute target', 'GET http://a/b?c HTTP/1.1', ['Host: a'], { target: '/b?c', originForm: false }],
    [
      'an absolute target without a path, its host in capitals',
      'GET HTTP://A:80 HTTP/1.1',
      ['Host: a:80'],
      { originForm: false, host: 'A:80' },
    ],
    [
      'an absolute target with a query and no path',
      'GET http://a?b HTTP/1.1',
      ['Host: a'],
      { target: '/?b', originForm: false },
    ],
    [
      'an absolute target of HTTP/1.0 without Host',
      'GET http://b/ HTTP/1.0',
      [],
      { host: 'b', http10: true, persistent: false, originForm: false },
    ],
    ['the whole server', 'OPTIONS * HTTP/1.1', ['Host: a'], { method: 'OPTIONS', target: '*' }],
    [
      'the whole server as a URL',
      'OPTIONS http://a HTTP/1.1',
      ['Host: a'],
      { method: 'OPTIONS', target: '*', originForm: false },
    ],
    [
      'a path of OPTIONS as a URL',
      'OPTIONS http://a/ HTTP/1.1',
      ['Host: a'],
      { method: 'OPTIONS', originForm: false },
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0', [], { host: '', http10: true, persistent: false }],
    [
      'HTTP/1.0 that keeps its connection',
      'GET / HTTP/1.0',
      ['Host: a', 'Connection: Keep-Alive'],
      { http10: true },
    ],
    [
      'HTTP/1.0 of two minds about its connection',
      'GET / HTTP/1.0',
      ['Host: a', 'Connection: keep-alive, close'],
      { http10: true, persistent: false },
    ],
    ['the last request', 'GET / HTTP/1.1', ['Host: a', 'Connection: close'], { persistent: false }],
    [
      'a body with a length',
      'POST / HTTP/1.1',
      ['Host: a', 'Content-Length: 1'],
      { method: 'POST', hasBody: true },
    ],
    ['a body of nothing', 'POST / HTTP/1.1', ['Host: a', 'Content-Length: 0'], { method: 'POST' }],
    [
      'a body in chunks',
      'PUT / HTTP/1.1',
      ['Host: a', 'Transfer-Encoding: chunked'],
      { method: 'PUT', hasBody: true },
    ],
    [
      'an upgrade',
      'GET / HTTP/1.1',
      ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket'],
      { upgrade: 'websocket' },
    ],
    ['Upgrade that Connection does not name', 'GET / HTTP/1.1', ['Host: a', 'Upgrade: websocket'], {}],
    [
      'an upgrade to HTTP/2, which is none here',
      'GET / HTTP/1.1',
      ['Host: a', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: H2C', 'HTTP2-Settings: x'],
      {},
    ],
    [
      'an upgrade of HTTP/1.0, which has none',
      'GET / HTTP/1.0',
      ['Host: a', 'Connection: Upgrade, keep-alive', 'Upgrade: websocket'],
      { http10: true },
    ],
  ])('reads %s', (_what, line, fields, expected) => {
    expect(read(line, ...fields)).toEqual({ ...PLAIN, ...expected });
  });

  it("knows every method of Node's but CONNECT, and which may be sent again", () => {
    const idempotent = METHODS.filter((name) => name !== 'CONNECT').filter((name) => {
      const { request } = readRequest(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(request.method.name).toBe(name);
      return request.method.idempotent;
    });
    expect(idempotent).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'TRACE']);
  });

  it.each(['FOO', 'BREW', 'get', 'constructor', "!#$%&'*+-.^_`|~0a"])(
    'takes %s for a method that may not be done twice',
    (name) => {
      const { request } = readRequest(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(request.method).toEqual({ name, idempotent: false });
    },
  );

  it.each([
    ['GET', '3', ANY_HOPS],
    ['OPTIONS', '3', 3],
    ['TRACE', '0', 0],
    ['TRACE', '007', 7],
    ['OPTIONS', '9'.repeat(400), 1_000_000],
  ])('reads how many hops %s may make, of %s', (method, value, maxForwards) => {
    const { request } = readRequest(`${method} / HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${value}\r\n\r\n`);
    expect(request.maxForwards).toBe(maxForwards);
  });

  it.each([
    ['http://a:80/', 'a'],
    ['http://a/', 'a:80'],
    ['http://a:/', 'a'],
    ['http://a:0080/', 'a:'],
    ['HTTP://A/', 'a'],
    ['https://a:443/', 'a'],
    ['http://[::1]:80/', '[::1]'],
    ['http://%61.b%2Ec/', 'a.b.c'],
    ['http://a%c3%a4/', 'a%C3%A4'],
  ])('takes %s to be of the host %s', (url, host) => {
    const { request } = readRequest(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(request.host).toBe(url.slice(url.indexOf('//') + 2, -1));
  });

  it('forgets the request before', () => {
    const request = new RequestHead();
    for (const head of [
      'POST http://b/ HTTP/1.0\r\nHost: b\r\nContent-Length: 3\r\n\r\n',
      'GET /c HTTP/1.1\r\nHost: d\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    ]) {
      request.read(scanRequest(head).scanner);
    }
    expect(partsOf(request)).toEqual(PLAIN);
    expect(request.framing.contentLength).toBe(NO_LENGTH);
    request.read(scanRequest('GET / HTTP/1.0\r\n\r\n').scanner);
    expect(request.host).toBe('');
  });
});

describe('RequestHead: what it refuses with 400', () => {
  const VERSION = 'the version is neither HTTP/1.1 nor HTTP/1.0';
  const METHOD = 'the method is not one that this proxy forwards';
  const TARGET = 'the target is neither a path nor an http:// URL';
  const HOSTS = 'the target and Host name different hosts';
  const HOST = 'Host is not a host and a port';

  it.each([
    ['HTTP/2.0', 'GET / HTTP/2.0', VERSION],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0', VERSION],
    ['HTTP/1.2', 'GET / HTTP/1.2', VERSION],
    ['HTTP/0.9', 'GET / HTTP/0.9', VERSION],
    ['HTTP/1', 'GET / HTTP/1', VERSION],
    ['HTTP/1.', 'GET / HTTP/1.', VERSION],
    ['HTTP/1.10', 'GET / HTTP/1.10', VERSION],
    ['HTTP/01.1', 'GET / HTTP/01.1', VERSION],
    ['HTTP/1,1', 'GET / HTTP/1,1', VERSION],
    ['a version in small letters', 'GET / http/1.1', VERSION],
    ['another protocol', 'GET / ICY/1.1', VERSION],
    ['no version', 'GET / ', VERSION],
    ['a space behind the version', 'GET / HTTP/1.1 ', VERSION],
    ['a tab behind the version', 'GET / HTTP/1.1\t', VERSION],
    ['a space in the target', 'GET / b HTTP/1.1', VERSION],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1', METHOD],
    ['a host and a port', 'GET a:443 HTTP/1.1', TARGET],
    ['a path without its slash', 'GET a HTTP/1.1', TARGET],
    ['* of another method', 'GET * HTTP/1.1', TARGET],
    ['a URL of another scheme', 'GET ftp://a/ HTTP/1.1', TARGET],
    ['a URL without a host', 'GET http:///b HTTP/1.1', TARGET],
    ['a URL with one slash', 'GET http:/a HTTP/1.1', TARGET],
    ['a URL with a name and a password', 'GET http://u:p@a/ HTTP/1.1', TARGET],
    ['a URL of another host', 'GET http://b/ HTTP/1.1', HOSTS],
    ['a URL of another port', 'GET http://a:81/ HTTP/1.1', HOSTS],
    ['a URL of another port than its scheme has', 'GET https://a:80/ HTTP/1.1', HOSTS],
    ['a URL of a host that is escaped and another', 'GET http://%62/ HTTP/1.1', HOSTS],
    ['a URL of a host that begins alike', 'GET http://a.b/ HTTP/1.1', HOSTS],
    ['a URL with a backslash behind its host', 'GET http://a\\b/ HTTP/1.1', HOSTS],
  ])('%s', (_what, line, message) => {
    expect(refusal(() => read(line, 'Host: a'))).toEqual([400, message]);
  });

  it.each([
    ['no Host', [], 'Host is missing'],
    ['two Hosts that differ', ['Host: a', 'Host: b'], 'Host is given more than once'],
    ['two Hosts that agree', ['Host: a', 'host: a'], 'Host is given more than once'],
    ['an empty Host', ['Host:'], HOST],
    ['a list of hosts', ['Host: a, b'], HOST],
    ['a host with a space', ['Host: a b'], HOST],
    ['a host with a path', ['Host: a/b'], HOST],
    ['a host with a query', ['Host: a?b'], HOST],
    ['a host with a name', ['Host: b@a'], HOST],
    ['a host with a quote', ['Host: a"'], HOST],
    ['a host with a backslash', ['Host: a\\b'], HOST],
    ['a host with a byte over 0x7f', ['Host: \xe4'], HOST],
    ['a host with a bad escape', ['Host: a%zz'], HOST],
    ['a port of letters', ['Host: a:http'], HOST],
    ['a port too large', ['Host: a:65536'], HOST],
    ['a port too long', ['Host: a:000080'], HOST],
    ['two ports', ['Host: a:1:2'], HOST],
    ['a port alone', ['Host: :80'], HOST],
    ['an IPv6 address without brackets', ['Host: ::1'], HOST],
    ['an open bracket', ['Host: [::1'], HOST],
    ['something behind the bracket', ['Host: [::1]a'], HOST],
    ['a name in brackets', ['Host: [g]'], HOST],
  ])('%s', (_what, fields, message) => {
    expect(refusal(() => read('GET / HTTP/1.1', ...fields))).toEqual([400, message]);
  });

  it('two Hosts and a bad Host of HTTP/1.0, and a bad one in the URL', () => {
    expect(refusal(() => read('GET / HTTP/1.0', 'Host: a', 'Host: a'))).toEqual([
      400,
      'Host is given more than once',
    ]);
    expect(refusal(() => read('GET / HTTP/1.0', 'Host:'))).toEqual([400, HOST]);
    expect(refusal(() => read('GET http://a"b/ HTTP/1.0'))).toEqual([400, HOST]);
    expect(refusal(() => read('GET http://a:x/ HTTP/1.0'))).toEqual([400, HOST]);
  });

  it('a bad Host that repeats on a connection', () => {
    const request = new RequestHead();
    for (const host of ['', ' ', 'a b', 'a b']) {
      const { scanner } = scanRequest(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(refusal(() => request.read(scanner))).toEqual([400, HOST]);
    }
  });

  it.each(['', '-1', '+1', '1, 1', 'x', '0x1'])('Max-Forwards: %s of OPTIONS and TRACE', (value) => {
    for (const method of ['OPTIONS', 'TRACE'])
      expect(refusal(() => read(`${method} / HTTP/1.1`, 'Host: a', `Max-Forwards: ${value}`))).toEqual([
        400,
        'Max-Forwards is not a number of hops',
      ]);
  });

  it('two Max-Forwards', () => {
    expect(refusal(() => read('TRACE / HTTP/1.1', 'Host: a', 'Max-Forwards: 1', 'Max-Forwards: 1'))).toEqual([
      400,
      'Max-Forwards is not a number of hops',
    ]);
  });

  it('a chunked body of HTTP/1.0', () => {
    expect(refusal(() => read('POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked'))).toEqual([
      400,
      'HTTP/1.0 has no chunked bodies',
    ]);
  });
});
