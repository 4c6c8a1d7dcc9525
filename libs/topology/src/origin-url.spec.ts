import { expect, it } from 'vitest';
import { originUrl } from './origin-url.js';

const messages = (url: unknown, ...schemes: ('http' | 'https')[]) =>
  originUrl(schemes)
    .safeParse(url)
    .error?.issues.map(({ message }) => message);

it.each([
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['http://App.Internal/', 'http://app.internal'],
  ['http://a:80', 'http://a'],
  ['https://[::1]:8443', 'https://[::1]:8443'],
])('takes %s for %s', (url, origin) => {
  expect(originUrl(['http', 'https']).parse(url)).toBe(origin);
});

it.each(['http://a/path', 'http://a?query', 'http://a#', 'http://user@a', 'http://a/..//'])(
  'refuses %s, which says more, with one sentence',
  (url) => {
    expect(messages(url, 'http')).toEqual([
      'must name only scheme, host and port, such as http://127.0.0.1:5000',
    ]);
  },
);

it.each(['', 'a', 'http://', '//a', 'ftp://a', 'https://a', 5000, undefined])(
  'refuses %j, which is no such URL, with one sentence',
  (url) => {
    expect(messages(url, 'http')).toEqual(['must be an http:// URL, such as http://127.0.0.1:5000']);
  },
);

it('refuses port 0, where nobody can be', () => {
  expect(messages('http://a:0', 'http')).toEqual(['must name a port from 1 to 65535']);
});

it('names every scheme that is allowed', () => {
  expect(messages('ftp://a', 'http', 'https')).toEqual([
    'must be an http:// or https:// URL, such as http://127.0.0.1:5000',
  ]);
});
