import { expect, it } from 'vitest';
import { eventsUrl, parseEventsUrl } from './events-url.js';

it.each([
  ['tcp://127.0.0.1:8012', 'tcp', '127.0.0.1', 8012],
  ['tcp://[::1]:1', 'tcp', '::1', 1],
  ['nats://nats.internal:4222', 'nats', 'nats.internal', 4222],
])('%s names a transport and an address', (url, transport, host, port) => {
  expect(eventsUrl.parse(url)).toBe(url);
  expect(parseEventsUrl(url)).toEqual({ transport, host, port, url, credentials: {} });
});

it.each([
  ['nats://user:secret@', { user: 'user', pass: 'secret' }],
  ['nats://us%40er:p%2Fa%3As%25s@', { user: 'us@er', pass: 'p/a:s%s' }],
  ['nats://s3cr3t@', { token: 's3cr3t' }],
])('%s says how to sign in, which the address does not show', (prefix, credentials) => {
  expect(parseEventsUrl(eventsUrl.parse(`${prefix}nats.internal:4222`))).toEqual({
    transport: 'nats',
    host: 'nats.internal',
    port: 4222,
    url: 'nats://nats.internal:4222',
    credentials,
  });
});

it.each(['http://127.0.0.1:80', 'tcp://127.0.0.1', 'nats://a', 'nats://a:100%zz@b:1', 'x', ''])(
  '%j is refused',
  (url) => {
    expect(eventsUrl.safeParse(url).success).toBe(false);
  },
);
