import { expect, it } from 'vitest';
import { eventsUrl, parseEventsUrl } from './events-url.js';

it.each([
  ['tcp://127.0.0.1:8012', 'tcp', '127.0.0.1', 8012],
  ['tcp://[::1]:1', 'tcp', '::1', 1],
  ['nats://user:secret@nats.internal:4222', 'nats', 'nats.internal', 4222],
])('%s names a transport and an address', (url, transport, host, port) => {
  expect(eventsUrl.parse(url)).toBe(url);
  expect(parseEventsUrl(url)).toEqual({ transport, host, port, url });
});

it.each(['http://127.0.0.1:80', 'tcp://127.0.0.1', 'nats://a', 'x', ''])('%j is refused', (url) => {
  expect(eventsUrl.safeParse(url).success).toBe(false);
});
