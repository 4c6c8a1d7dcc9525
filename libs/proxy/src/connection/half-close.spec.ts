import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { CLOSE, forwarded, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

/** A proxy in front of a backend that answers once `go` is called. */
async function patient() {
  const stack = new AsyncDisposableStack();
  const { promise, resolve: go } = Promise.withResolvers<void>();
  const backend = stack.use(
    await scriptedBackend(async ({ head }) => {
      await promise;
      return ok(head.split(' ')[1] ?? '');
    }),
  );
  const proxy = stack.use(await proxyServer([backend.url]));
  const client = stack.use(await RawClient.connect(proxy.port));
  const asked = () => eventually(() => expect(backend.received.join('')).not.toBe(''));
  return { backend, proxy, client, go, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a client that sends nothing more', () => {
  it.each([
    ['said that this is its last request', request('GET /a', CLOSE)],
    ['speaks HTTP/1.0', 'GET /a HTTP/1.0\r\nX-Request-Id: r1\r\n\r\n'],
  ])('still gets its answer when it %s', async (_how, message) => {
    await using scene = await patient();
    scene.client.send(message).end();
    await scene.asked();
    scene.go();
    expect(await scene.client.readAll()).toEqual({ text: relayed(ok('/a'), CLOSE), closed: 'end' });
  });

  it('still gets the answers to all requests that it has sent ahead', async () => {
    await using scene = await patient();
    scene.client.send(request('GET /a') + request('GET /b') + request('GET /c')).end();
    await scene.asked();
    scene.go();
    const text = relayed(ok('/a')) + relayed(ok('/b')) + relayed(ok('/c'), CLOSE);
    expect(await scene.client.readAll()).toEqual({ text, closed: 'end' });
  });

  it.each([
    ['waits for an answer and did not say that it is the last', request('GET /a')],
    ['is in the middle of a body', request('POST /a', `Content-Length: 10\r\n${CLOSE}`, 'hello')],
  ])('is taken as gone when it %s, and its backend is freed at once', async (_how, message) => {
    await using scene = await patient();
    scene.client.send(message);
    await scene.asked();
    expect(scene.proxy.backends[0]?.inFlight).toBe(1);
    scene.client.end();
    await eventually(() =>
      expect([scene.backend.sockets.size, scene.proxy.backends[0]?.inFlight]).toEqual([0, 0]),
    );
    expect(scene.proxy.records).toMatchObject([{ status: 499, target: '/a' }]);
    expect(await scene.client.readAll()).toEqual({ text: '', closed: 'end' });
  });

  it.each([
    ['before its first request', ''],
    ['in the middle of a head', 'GET / HTTP/1.1\r\nHo'],
  ])('is let go without a word %s', async (_when, bytes) => {
    await using scene = await patient();
    expect(await scene.client.send(bytes).end().readAll()).toEqual({ text: '', closed: 'end' });
    expect(scene.backend.received).toEqual([]);
  });

  it('gets the answer to what is whole, and nothing for what is not', async () => {
    await using scene = await patient();
    scene.go();
    scene.client.send(`${request('GET /a')}GET /half HTTP/1.1\r\n`).end();
    expect(await scene.client.readAll()).toEqual({ text: relayed(ok('/a')), closed: 'end' });
    expect(scene.backend.received).toEqual([forwarded('GET /a')]);
  });

  it('is let go once it has taken the last of its answers', async () => {
    await using scene = await patient();
    scene.go();
    scene.client.send(request('GET /a'));
    expect(await scene.client.read(relayed(ok('/a')))).toBe(relayed(ok('/a')));
    const output = scene.proxy.records[0]?.client.output;
    // As where the system has no room for more.
    output?.cork();
    // The last of them is more than the proxy lets wait.
    const path = `/${'a'.repeat(7_000)}`;
    scene.client.send(request(`GET ${path}`).repeat(10));
    await eventually(() => expect(scene.proxy.records).toHaveLength(11));
    scene.client.end();
    for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
    output?.uncork();
    expect(await scene.client.readAll()).toEqual({ text: relayed(ok(path)).repeat(10), closed: 'end' });
  });
});
