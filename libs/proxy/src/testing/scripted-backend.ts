import { eventually, rawUpstream, type Upstream } from '@balanza/testing';
import type { Socket } from 'node:net';

/** One request that a {@link ScriptedBackend} got. */
export interface ReceivedRequest {
  readonly head: string;
  /** Its connection, and that connection's number, from 0. */
  readonly socket: Socket;
  readonly connection: number;
  /** Requests that came before it: on any connection, and on its own. */
  readonly earlier: number;
  readonly earlierHere: number;
  /** Its body as it came, chunks and all, once it is whole. */
  readonly body: Promise<string>;
}

/** Gives the bytes to answer with, or writes to the socket itself. */
export type Script = (request: ReceivedRequest) => string | undefined | void | Promise<string>;

/** A backend that does byte for byte what a test says, and keeps all that it gets. */
export interface ScriptedBackend extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What came on each connection, in the order they were opened. */
  readonly received: readonly string[];
  /** Connections open now. */
  readonly sockets: ReadonlySet<Socket>;
  stop(): Promise<void>;
}

/** Calls `script` as soon as a request's head is there. */
export async function scriptedBackend(script: Script): Promise<ScriptedBackend> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let requests = 0;
  const upstream: Upstream = await rawUpstream((socket) => {
    const connection = received.push('') - 1;
    let requestsHere = 0;
    let unread = '';
    // Of `unread`, what has been searched for the end of a head: large bodies of tunnels are searched once, not at each piece.
    let searched = 0;
    let awaitBody: ((rest: string) => string | undefined) | undefined;
    sockets.add(socket);
    socket.setNoDelay(true).setDefaultEncoding('latin1');
    socket.once('close', () => sockets.delete(socket));
    socket.setEncoding('latin1');
    const read = () => {
      for (;;) {
        if (awaitBody !== undefined) {
          const rest = awaitBody(unread);
          if (rest === undefined) return;
          unread = rest;
          awaitBody = undefined;
        }
        const headEnd = unread.indexOf('\r\n\r\n', searched) + 4;
        if (headEnd < 4) {
          searched = Math.max(0, unread.length - 3);
          return;
        }
        searched = 0;
        const head = unread.slice(0, headEnd);
        unread = unread.slice(headEnd);
        const { promise: body, resolve } = Promise.withResolvers<string>();
        awaitBody = (rest) => {
          const end = bodyEnd(head, rest);
          if (end === undefined) return undefined;
          resolve(rest.slice(0, end));
          return rest.slice(end);
        };
        const request = { head, socket, connection, earlier: requests++, earlierHere: requestsHere++, body };
        void answer(request);
      }
    };
    const answer = async (request: ReceivedRequest) => {
      const bytes = await script(request);
      if (typeof bytes === 'string') socket.write(bytes, 'latin1');
    };
    socket.on('data', (text: string) => {
      received[connection] += text;
      unread += text;
      read();
    });
  });
  return {
    url: upstream.url,
    port: upstream.port,
    received,
    sockets,
    stop: () => upstream.stop(),
    // Whoever asked has to have left by now: a connection that stays is a leak.
    [Symbol.asyncDispose]: async () => {
      try {
        await eventually(() => {
          if (sockets.size > 0) throw new Error(`${sockets.size} connections to a backend were left open`);
        }, 2_000);
      } finally {
        await upstream.stop();
      }
    },
  };
}

/** A backend that answers nobody before it is released. */
export async function heldBackend(answer: string): Promise<ScriptedBackend & { release(): void }> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const backend = await scriptedBackend(async () => {
    await released;
    return answer;
  });
  return { ...backend, release };
}

/** Where the body behind `head` ends in what came, or undefined when it is not whole. */
function bodyEnd(head: string, rest: string): number | undefined {
  if (/^transfer-encoding: chunked\r$/im.test(head)) {
    const last = /(?:^|\r\n)0+\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(rest);
    return last === null ? undefined : last.index + last[0].length;
  }
  const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
  return rest.length < length ? undefined : length;
}
