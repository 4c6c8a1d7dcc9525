import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { portsOf, urlOf, type AppName } from '@balanza/topology';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { startOwnStack } from '../src/own-stack.ts';
import { ProcessWatch, type WatchedProcess } from './process-watch.ts';

/** How many clients watch a task, and for how long, in ms. */
export interface UnreadStreams {
  readonly streams: number;
  readonly hold: number;
}

/** What became of the streams, and of the processes that served them. */
export interface UnreadReport {
  /** The streams by the status that they were answered with. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly processes: readonly WatchedProcess[];
}

/** Bytes of the text in the task's payload: the task is some 0.9 MB. */
const TEXT_BYTES = 900_000;
/** Streams that are opened at once. */
const AT_ONCE = 25;
const WATCHED: readonly AppName[] = ['api-gateway', 'worker'];

/** Opens event streams of one large task through the main balancer, and reads no more of them than their heads. */
export async function unreadStreams({ streams, hold }: UnreadStreams): Promise<UnreadReport> {
  const stack = await startOwnStack({ TASK_DURATION: '3600', ACCESS_LOG: 'false', LOG_LEVEL: 'error' });
  const sockets: Socket[] = [];
  try {
    const { topology } = stack;
    const token = await mintToken({ secret: DEVELOPMENT_SECRET, subject: 'resilience', expiresIn: '1h' });
    const headers = { authorization: `Bearer ${token}` };
    const [port = 0] = portsOf(topology, 'load-balancer');
    const origin = urlOf(topology.host, port);
    const id = await startTask(origin, headers);
    // What every process needs for its first stream is not what streams cost.
    for (let n = 0; n < 6; n++) await (await fetch(`${origin}/longtask/${id}`, { headers })).arrayBuffer();

    const urls = WATCHED.flatMap((app) =>
      portsOf(topology, app).map((own) => [`${app}:${own}`, urlOf(topology.host, own)] as const),
    );
    const watch = await ProcessWatch.start(new Map(urls));
    const statuses = new Map<string, number>();
    const open = async () => {
      const { socket, status } = await openUnread(port, `/longtask/${id}/events`, token);
      sockets.push(socket);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let n = 0; n < streams; n += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, streams - n) }, open));
    await setTimeout(hold / 2);
    // A change that none of them takes.
    await fetch(`${origin}/longtask/${id}`, { method: 'DELETE', headers });
    await setTimeout(hold / 2);
    return { statuses, processes: await watch.stop() };
  } finally {
    for (const socket of sockets) socket.destroy();
    await stack.stop();
  }
}

async function startTask(origin: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${origin}/longtask`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'x'.repeat(TEXT_BYTES) }),
  });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`The task was answered ${response.status}: ${text}`);
  return (JSON.parse(text) as { task_id: string }).task_id;
}

/** Sends a request, and reads the beginning of its answer alone. */
async function openUnread(port: number, path: string, token: string) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const head = await Promise.race([
    once(socket, 'data').then(([chunk]: Buffer[]) => chunk?.toString('latin1', 0, 12) ?? ''),
    once(socket, 'close').then(() => 'closed'),
  ]);
  socket.pause();
  return { socket, status: head.replace('HTTP/1.1 ', 'status ') };
}
