import { rawUpstream } from '@balanza/testing';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lenientReadings } from './testing/lenient-readings.js';
import { sendPieces } from './testing/pieces.js';
import { proxyServer, type ProxyServer } from './testing/proxy-server.js';
import { RawClient } from './testing/raw-client.js';
import { REFUSED_IN_BODY } from './testing/smuggling-in-bodies.js';
import { REFUSED } from './testing/smuggling-shapes.js';
import { TAKEN } from './testing/well-formed-shapes.js';
import { takeMessage } from './testing/wire-messages.js';

/** What a backend has written down of what came on each of its connections. */
const connections: { recorded: string }[] = [];
let proxy: ProxyServer;
let stop: () => Promise<void>;

beforeAll(async () => {
  const backend = await rawUpstream((socket) => {
    const connection = { recorded: '' };
    connections.push(connection);
    let unread = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      connection.recorded += text;
      unread += text;
      for (let request = takeMessage(unread); request !== undefined; request = takeMessage(unread)) {
        unread = unread.slice(request.raw.length);
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }
    });
  });
  proxy = await proxyServer([backend.url]);
  stop = async () => {
    await proxy[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  };
});
afterAll(() => stop());

/** All that comes to the backends of what a client sends, and all that comes back. */
async function send(pieces: readonly string[], isEnough: (received: string) => boolean) {
  for (const connection of connections) connection.recorded = '';
  using client = await RawClient.connect(proxy.port);
  const receiving = client.readUntil(isEnough);
  await sendPieces(client.socket, pieces);
  const received = await receiving;
  await proxy.idle();
  // What was written at the end is read in the next turns.
  for (let turn = 0; turn < 4; turn++) await setImmediate();
  const recorded = connections.map((connection) => connection.recorded).filter((text) => text !== '');
  return { received, recorded, isClosed: client.isClosed };
}

const WAYS: readonly (readonly [way: string, cut: (bytes: string) => string[]])[] = [
  ['in one piece', (bytes) => [bytes]],
  ['byte by byte', (bytes) => [...bytes.slice(0, 1_000).split(''), bytes.slice(1_000)]],
];
const REFUSAL =
  /^HTTP\/1\.1 (?:4\d\d|501) [^\r]+\r\n(?:[^\r]+\r\n)*Connection: close\r\n(?:[^\r]+\r\n)*\r\n\{"error":[^\r]+\}$/;

describe.each(WAYS)('Smuggling, %s', (_way, cut) => {
  it.each(REFUSED)('%s: is refused, and no backend hears of it', async (_what, bytes) => {
    const { received, recorded, isClosed } = await send(cut(bytes), () => false);
    expect(received).toMatch(REFUSAL);
    expect({ recorded, isClosed }).toEqual({ recorded: [], isClosed: true });
  });

  it.each(REFUSED_IN_BODY)(
    '%s: is refused, and the backend hears of one request at most',
    async (_what, bytes) => {
      const { received, recorded, isClosed } = await send(cut(bytes), () => false);
      expect(received).toMatch(REFUSAL);
      expect(isClosed).toBe(true);
      expect(recorded.join('')).not.toContain('smuggled');
      expect(recorded.flatMap(lenientReadings)).toEqual(recorded.map(() => ['POST /first HTTP/1.1 @ a']));
      expect(recorded.length).toBeLessThanOrEqual(1);
    },
  );

  it.each(TAKEN)('%s: is one request to every reader behind the proxy', async (_what, bytes) => {
    const { received, recorded } = await send(cut(bytes), (text) => takeMessage(text) !== undefined);
    expect(takeMessage(received)).toMatchObject({
      raw: received,
      head: expect.stringMatching(/^HTTP\/1\.1 200 /),
    });
    const [method] = bytes.trimStart().split(' ');
    expect(recorded.map(lenientReadings)).toEqual([[[`${method} /first HTTP/1.1 @ a`]]]);
  });
});

it('The readers behind the proxy would be deceived by nine in ten of what is refused', () => {
  const refused = [...REFUSED, ...REFUSED_IN_BODY];
  const deceiving = refused.filter(([, bytes]) => {
    const readings = lenientReadings(bytes);
    return readings.length > 1 || readings[0]?.length !== 1;
  });
  expect(refused.length).toBeGreaterThan(200);
  expect(deceiving.length / refused.length).toBeGreaterThan(0.9);
});
