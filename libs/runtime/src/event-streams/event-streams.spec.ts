import { eventually, httpUpstream, type Upstream } from '@balanza/testing';
import { once } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ContractException } from '../errors.js';
import { EventStreams, type EventStreamsOptions } from './event-streams.js';
import type { StreamEvent } from './stream-event.js';

/** More than the system's buffers of a connection take, so that a client that does not read is behind. */
const EVENT_BYTES = 24 * 1024 * 1024;

const event = (id: string, text = id, isFinal = false): StreamEvent => ({
  id,
  isFinal,
  pieces: [Buffer.from(`data: ${text}\nid: ${id}\n\n`)],
});
const large = (id: string) => {
  const bytes = Buffer.alloc(EVENT_BYTES, id);
  bytes.write('\n\n', EVENT_BYTES - 2);
  return { id, isFinal: false, pieces: [bytes] };
};

/** A source that a test feeds. */
class Source {
  opened = 0;
  closed = 0;
  #events: StreamEvent[] = [];
  #hasEnded = false;
  #wake: () => void = () => undefined;

  put(next: StreamEvent): void {
    this.#events.push(next);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<StreamEvent, void> {
    this.opened++;
    signal.addEventListener('abort', () => this.#wake());
    try {
      while (!signal.aborted) {
        const next = this.#events.shift();
        if (next !== undefined) yield next;
        else if (this.#hasEnded) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.closed++;
    }
  }
}

const answerOf = (error: ContractException) => ({
  status: error.getStatus(),
  body: JSON.stringify(error.getResponse()),
});

const servers: Upstream[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(options: Partial<EventStreamsOptions> = {}) {
  const source = new Source();
  const streams = new EventStreams({ source: (_key, signal) => source.read(signal), ...options });
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const opened = await streams.open('key', request.headers['last-event-id']?.toString());
      if (!(opened instanceof Readable)) {
        response.writeHead(opened === 'ended' ? 204 : 404).end();
        return;
      }
      response.once('close', () => opened.destroy());
      opened.once('close', () => response.writableFinished || response.destroy());
      opened.pipe(response);
    } catch (error) {
      const { status, body } = answerOf(error as ContractException);
      response.writeHead(status).end(body);
    }
  };
  const server = await httpUpstream((request, response) => void respond(request, response));
  servers.push(server);
  /** A client that sends its request and reads nothing until it is told to. */
  const client = async (headers = '') => {
    const socket = connect(server.port, '127.0.0.1').pause();
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
    return socket;
  };
  return { source, streams, client, url: server.url };
}

/** What a client gets from now on, until the connection ends. */
function received(socket: Socket) {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.resume();
  return { text: () => text, ended: once(socket, 'close') };
}

describe('clients that do not read', () => {
  it('share the bytes of an event, and get the latest one in place of a backlog', async () => {
    const { source, streams, client } = await serve({ maxBytes: 4 * EVENT_BYTES });
    source.put(large('1'));
    const clients = await Promise.all(Array.from({ length: 20 }, () => client()));
    await eventually(() => expect(streams.count).toBe(20));
    for (const id of ['2', '3', '4', '5', '6']) source.put(large(id));
    const last = event('7', 'last', true);
    source.put(last);
    source.end();
    await eventually(() => expect(source.closed).toBe(1));
    expect(source.opened).toBe(1);
    // The first, which is under way to all of them, and the latest, for which all of them wait.
    expect(streams.heldBytes).toBe(EVENT_BYTES + (last.pieces[0]?.length ?? 0));

    const [one] = clients;
    if (one === undefined) throw new Error('no client');
    const { text, ended } = received(one);
    await eventually(() => expect(text()).toMatch(/data: last\nid: 7\n\n\r\n0\r\n\r\n$/), 30_000);
    expect(text()).not.toMatch(/[23456]{20}/);
    for (const socket of clients) socket.destroy();
    await ended;
    await eventually(() => expect([streams.count, streams.heldBytes]).toEqual([0, 0]));
  });

  it('are cut when they keep more events than may be held, and those that read are not', async () => {
    const { source, streams, client } = await serve({ maxBytes: EVENT_BYTES + 100 });
    source.put(large('1'));
    const behind = await client();
    await eventually(() => expect(streams.count).toBe(1));
    const closed = once(behind, 'close');
    source.put(event('2'));
    const reading = received(await client());
    await eventually(() => expect(reading.text()).toContain('data: 2'));
    source.put(event('3', 'x'.repeat(200)));
    await eventually(() => expect(reading.text()).toContain('id: 3'));
    expect(streams.heldBytes).toBe(event('3', 'x'.repeat(200)).pieces[0]?.length);
    behind.resume();
    await closed;
  });

  it('are cut when they take nothing for too long', async () => {
    const { source, streams, client } = await serve({ stallMs: 50 });
    source.put(large('1'));
    const behind = await client();
    await eventually(() => expect(streams.count).toBe(1));
    await eventually(() => expect([streams.count, streams.heldBytes, source.closed]).toEqual([0, 0, 1]));
    behind.resume();
    await once(behind, 'close');
  });
});

it('a large event for many clients leaves every turn of the event loop to others, too', async () => {
  const { source, streams, client } = await serve({ maxBytes: 64 * 2 ** 20 });
  source.put(event('1'));
  const clients = await Promise.all(Array.from({ length: 50 }, () => client()));
  await eventually(() => expect(streams.count).toBe(50));
  const written = () => clients.reduce((sum, socket) => sum + socket.bytesRead, 0);
  const write = vi.spyOn(ServerResponse.prototype, 'write');
  try {
    const bytes = Buffer.alloc(900_000, 'x');
    source.put({ id: '2', isFinal: false, pieces: [bytes] });
    let before = 0;
    let turns = 0;
    for (
      const total = () => write.mock.calls.reduce((sum, [chunk]) => sum + (chunk as Buffer).length, 0);
      ;
      turns++
    ) {
      const now = total();
      // Two turns of the bound, each a slice more, at most.
      expect(now - before).toBeLessThanOrEqual(2 * (1024 * 1024 + 65_536));
      if (now >= 50 * bytes.length || turns > 100_000) break;
      before = now;
      await setImmediate();
      if (turns === 0) for (const socket of clients) socket.resume();
    }
    expect(turns).toBeGreaterThan(20);
    expect(written()).toBeGreaterThan(0);
  } finally {
    write.mockRestore();
  }
});

describe('a stream', () => {
  it('is refused beyond the number and the bytes that may be', async () => {
    const { source, url } = await serve({ maxStreams: 1, maxBytes: 100 });
    source.put(event('1', 'x'.repeat(200)));
    const tooLarge = await fetch(url);
    expect([tooLarge.status, await tooLarge.json()]).toEqual([
      503,
      { error: 'Too many bytes of events wait for clients (limit 100); try again later' },
    ]);
    source.put(event('2'));
    const first = await fetch(url);
    expect(first.status).toBe(200);
    const second = await fetch(url);
    expect([second.status, await second.json()]).toEqual([
      503,
      { error: 'Too many event streams are open here (limit 1); try again later' },
    ]);
    await first.body?.cancel();
    await eventually(() => expect(source.closed).toBe(2));
    source.put(event('3'));
    await eventually(async () => expect((await fetch(url)).status).toBe(200));
  });

  it('says that it is there when it would be silent for too long', async () => {
    const { source, client } = await serve({ keepAliveMs: 20 });
    source.put(event('1'));
    const { text } = received(await client());
    await eventually(() =>
      expect(text()).toMatch(/data: 1\nid: 1\n\n[^]*: still here\n\n[^]*: still here\n\n/),
    );
    source.put(event('2', '2', true));
    source.end();
    await eventually(() => expect(text()).toMatch(/data: 2\nid: 2\n\n\r\n0\r\n\r\n$/));
  });

  it('is 204 for a client that has the final event, and has that event for any other', async () => {
    const { source, url } = await serve();
    source.put(event('1', 'end', true));
    source.end();
    const again = await fetch(url, { headers: { 'last-event-id': '1' } });
    expect([again.status, await again.text()]).toEqual([204, '']);
    for (const headers of [{}, { 'last-event-id': '0' }]) {
      const next = await serve();
      next.source.put(event('1', 'end', true));
      next.source.end();
      const first = await fetch(next.url, { headers });
      expect([first.status, await first.text()]).toEqual([200, 'retry: 1000\n\ndata: end\nid: 1\n\n']);
    }
  });

  it('leaves its source when the last client does', async () => {
    const { source, streams, client } = await serve();
    source.put(event('1'));
    const clients = await Promise.all([client(), client()]);
    await eventually(() => expect(streams.count).toBe(2));
    clients[0]?.destroy();
    await eventually(() => expect(streams.count).toBe(1));
    expect(source.closed).toBe(0);
    clients[1]?.destroy();
    await eventually(() => expect([streams.count, source.closed, streams.heldBytes]).toEqual([0, 1, 0]));
  });
});
