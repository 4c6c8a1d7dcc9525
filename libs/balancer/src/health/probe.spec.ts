import { freePorts, httpUpstream, rawUpstream } from '@balanza/testing';
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
    expect(await http(backend.url)).toEqual({ ok, refused: false, detail: String(status) });
  });

  it('asks for the path on a connection of its own, and waits for no body', async () => {
    const seen: unknown[] = [];
    await using backend = await httpUpstream((request, response) => {
      seen.push([request.method, request.url, request.headers['user-agent'], request.headers.connection]);
      response.writeHead(200).write('more is to come');
    });
    expect(await http(backend.url)).toMatchObject({ ok: true });
    expect(seen).toEqual([['GET', '/ready?x=1', 'balanza-health-check', 'close']]);
  });

  it('gives up on who accepts and never answers, as a paused process does', async () => {
    await using backend = await rawUpstream(() => undefined);
    expect(await http(backend.url)).toEqual({ ok: false, refused: false, detail: 'no answer within 0.2 s' });
  });

  it('says that nobody listens', async () => {
    const [port = 0] = await freePorts(1);
    const refused = { ok: false, refused: true, detail: 'ECONNREFUSED' };
    expect(await http(`http://127.0.0.1:${port}`)).toEqual(refused);
    expect(await tcp(`http://127.0.0.1:${port}`)).toEqual(refused);
  });

  it('takes what is no HTTP for a failure', async () => {
    await using backend = await rawUpstream((socket) => socket.end('hello\r\n'));
    expect(await http(backend.url)).toMatchObject({ ok: false, refused: false });
  });
});

describe('a TCP probe', () => {
  it('is content with a connection', async () => {
    await using backend = await rawUpstream(() => undefined);
    expect(await tcp(backend.url)).toEqual({ ok: true, refused: false, detail: 'connected' });
  });
});
