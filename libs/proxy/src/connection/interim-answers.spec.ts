import { expect, it } from 'vitest';
import { CLOSE, forwarded, ok, PROTOCOL_ERROR, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';
const EXPECT = 'Expect: 100-continue\r\nContent-Length: 5\r\n';
/** The length stands last, as it is written anew. */
const EXPECTED = 'Expect: 100-continue\r\nContent-Length: 5\r\n';

it('an interim answer reaches the client before the final one, also where both come at once', async () => {
  const { promise: go, resolve } = Promise.withResolvers<void>();
  await using backend = await scriptedBackend(async ({ earlier, socket }) => {
    if (earlier > 0) return HINTS + HINTS + ok('second');
    socket.write(HINTS);
    await go;
    return ok('first');
  });
  await using proxy = await proxyServer([backend.url]);
  using client = await RawClient.connect(proxy.port);
  expect(await client.send(request('GET /')).read(relayed(HINTS))).toBe(relayed(HINTS));
  resolve();
  expect(await client.read(relayed(ok('first')))).toBe(relayed(ok('first')));
  const expected = relayed(HINTS) + relayed(HINTS) + relayed(ok('second'));
  expect(await client.send(request('GET /')).read(expected)).toBe(expected);
});

it('a client that waits for 100 is told by the backend, and then sends its body', async () => {
  await using backend = await scriptedBackend(async ({ socket, body }) => {
    socket.write(CONTINUE);
    return ok(await body);
  });
  await using proxy = await proxyServer([backend.url]);
  using client = await RawClient.connect(proxy.port);
  for (let turn = 0; turn < 2; turn++) {
    expect(await client.send(request('POST /', EXPECT)).read(relayed(CONTINUE))).toBe(relayed(CONTINUE));
    expect(await client.send('hello').read(relayed(ok('hello')))).toBe(relayed(ok('hello')));
  }
  expect(backend.received).toEqual([forwarded('POST /', EXPECTED, 'hello').repeat(2)]);
});

it('a client that waits for 100 and is refused is told that the connection ends', async () => {
  const refusal = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n';
  await using backend = await scriptedBackend(() => refusal);
  await using proxy = await proxyServer([backend.url]);
  using client = await RawClient.connect(proxy.port);
  // Whether what it sends next is the body or another request, nobody could tell.
  expect(await client.send(request('POST /', EXPECT)).readAll()).toEqual({
    text: relayed(refusal, CLOSE),
    closed: 'end',
  });
});

it('a backend that sends interim answers for ever is given up', async () => {
  await using backend = await scriptedBackend(({ socket }) => {
    const timer = setInterval(() => socket.write(HINTS), 1);
    socket.once('close', () => clearInterval(timer));
  });
  await using proxy = await proxyServer([backend.url]);
  using client = await RawClient.connect(proxy.port);
  const expected = relayed(HINTS).repeat(32) + PROTOCOL_ERROR;
  expect(await client.send(request('GET /')).read(expected)).toBe(expected);
  await proxy.idle();
});
