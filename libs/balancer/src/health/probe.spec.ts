import { freePorts, httpUpstream, rawUpstream } from '@balanza/testing';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probeFor } from './probe.js';

const http = probeFor({ check: 'http', path: '/ready?x=1', timeout: 0.2 });
const tcp = probeFor({ check: 'tcp', path: '/', timeout: 0.2 });

describe('an HTTP probe', () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [404, false],
    [503, false],
  ])('takes %i for %s', async (status, ok) => {
    await using backend = await httpUpstream((_request, response) => response.writeHead(status).end('body'));
    expect(await http(backend.url, false)).toEqual({ ok, refused: false, detail: String(status) });
  });

  it('asks for the path on a connection of its own, and waits for no body', async () => {
    const seen: unknown[] = [];
    await using backend = await httpUpstream((request, response) => {
      seen.push([request.method, request.url, request.headers['user-agent'], request.headers.connection]);
      response.writeHead(200).write('more is to come');
    });
    expect(await http(backend.url, false)).toMatchObject({ ok: true });
    expect(seen).toEqual([['GET', '/ready?x=1', 'balanza-health-check', 'close']]);
  });

  it('gives up on who accepts and never answers, as a paused process does', async () => {
    await using backend = await rawUpstream(() => undefined);
    expect(await http(backend.url, false)).toEqual({
      ok: false,
      refused: false,
      detail: 'no answer within 0.2 s',
    });
  });

  it('says that nobody listens', async () => {
    const [port = 0] = await freePorts(1);
    const refused = { ok: false, refused: true, detail: 'ECONNREFUSED' };
    expect(await http(`http://127.0.0.1:${port}`, false)).toEqual(refused);
    expect(await tcp(`http://127.0.0.1:${port}`, false)).toEqual(refused);
  });

  it('takes what is no HTTP for a failure', async () => {
    await using backend = await rawUpstream((socket) => socket.end('hello\r\n'));
    expect(await http(backend.url, false)).toMatchObject({ ok: false, refused: false });
  });
});

describe('a TCP probe', () => {
  it('is content with a connection', async () => {
    await using backend = await rawUpstream(() => undefined);
    expect(await tcp(backend.url, false)).toEqual({ ok: true, refused: false, detail: 'connected' });
  });

  it.each([
    ['answers', (socket: Socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')],
    ['says what is no HTTP', (socket: Socket) => socket.write('?')],
    ['hangs up', (socket: Socket) => socket.end()],
    ['cuts the connection', (socket: Socket) => socket.resetAndDestroy()],
  ])('of who lets requests wait is content when it %s', async (_reaction, react) => {
    const asked: string[] = [];
    await using backend = await rawUpstream((socket) =>
      socket.once('data', (bytes) => {
        asked.push(String(bytes));
        react(socket);
      }),
    );
    expect(await tcp(backend.url, true)).toEqual({ ok: true, refused: false, detail: 'reacts' });
    expect(asked).toEqual([
      `OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:${backend.port}\r\nUser-Agent: balanza-health-check\r\nConnection: close\r\n\r\n`,
    ]);
  });

  it('of who lets requests wait is not content with a connection', async () => {
    await using backend = await rawUpstream(() => undefined);
    expect(await tcp(backend.url, true)).toEqual({
      ok: false,
      refused: false,
      detail: 'no answer within 0.2 s',
    });
    const [port = 0] = await freePorts(1);
    expect(await tcp(`http://127.0.0.1:${port}`, true)).toEqual({
      ok: false,
      refused: true,
      detail: 'ECONNREFUSED',
    });
  });
});
