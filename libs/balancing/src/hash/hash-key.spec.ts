import { describe, expect, it } from 'vitest';
import { parseHashKey, type RequestView } from './hash-key.js';

function request(headers: Record<string, string> = {}): RequestView {
  return {
    address: '203.0.113.7',
    target: '/images/1?size=2',
    header: (name) => headers[name.toLowerCase()],
  };
}

describe('parseHashKey', () => {
  it.each([
    ['address', {}, '203.0.113.7'],
    ['uri', {}, '/images/1?size=2'],
    ['header X-User', { 'x-user': 'anna' }, 'anna'],
    ['header X-User', {}, '203.0.113.7'],
    ['header X-User', { 'x-user': '' }, '203.0.113.7'],
    ['cookie session', { cookie: 'theme=dark; session=a=b; session=c' }, 'a=b'],
    ['cookie session', { cookie: 'mysession=x; session' }, '203.0.113.7'],
    ['cookie session', { cookie: 'session=' }, '203.0.113.7'],
    ['cookie session', {}, '203.0.113.7'],
  ])('%s of a request with %j is %s', (text, headers, key) => {
    expect(parseHashKey(text)(request(headers))).toBe(key);
  });

  it.each(['', 'path', 'header', 'header X User', 'cookie a;b', 'address x', 'uri '])(
    'refuses "%s"',
    (text) => {
      expect(() => parseHashKey(text)).toThrow(
        new RangeError(`"${text}" is no hash key: it must be address, uri, header <name> or cookie <name>`),
      );
    },
  );
});
