import { mintToken, DEVELOPMENT_SECRET } from '@balanza/auth';
import { portsOf, urlOf } from '@balanza/topology';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { startOwnStack } from '../src/own-stack.ts';
import { SteadyLoad, type LoadReport } from './steady-load.ts';

/** How a client begins a request whose body it then sends a byte at a time. */
export interface SlowBody {
  readonly what: string;
  readonly begin: string;
}

const POST = 'POST /longtask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

/** Needs no token. */
export const SLOW_BODIES: readonly SlowBody[] = [
  { what: 'of 1,000 bytes', begin: `${POST}Content-Length: 1000\r\n\r\n` },
  {
    what: 'of 100,000 bytes, the first 20,000 at once',
    begin: `${POST}Content-Length: 100000\r\n\r\n${' '.repeat(20_000)}`,
  },
  {
    what: 'held back until the backend asks for them',
    begin: `${POST}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n`,
  },
  { what: 'in chunks', begin: `${POST}Transfer-Encoding: chunked\r\n\r\n3e8\r\n` },
];

export interface SlowBodiesOptions {
  /** Clients that send a body slowly. */
  readonly clients: number;
  /** Requests that are counted beside them. */
  readonly requests: number;
  /** Of those, how many per second. */
  readonly rate: number;
}

export interface SlowBodiesResult {
  readonly what: string;
  /** Connections of slow clients when the counted requests began. */
  readonly held: number;
  /** Connections that were closed and opened again until then. */
  readonly renewed: number;
  readonly report: LoadReport;
}

/** From the first slow body to the first counted request: longer than any of them may take. */
const BEFORE_MS = 12_000;

/** `GET /data` through the main balancer of a whole system, while clients send bodies slowly. */
export async function* slowBodies(options: SlowBodiesOptions): AsyncGenerator<SlowBodiesResult> {
  const stack = await startOwnStack({ DATA_TTL: '3600', ACCESS_LOG: 'false' });
  try {
    const token = await mintToken({ secret: DEVELOPMENT_SECRET, subject: 'resilience', expiresIn: '1h' });
    const [port = 0] = portsOf(stack.topology, 'load-balancer');
    for (const { what, begin } of SLOW_BODIES) {
      await using slow = new SlowClients(port, begin);
      await slow.open(options.clients);
      await setTimeout(BEFORE_MS);
      const { held, renewed } = slow;
      const load = new SteadyLoad({
        origin: urlOf(stack.topology.host, port),
        path: '/data',
        headers: { authorization: `Bearer ${token}` },
        rate: options.rate,
      });
      await load.untilSent(options.requests);
      yield { what, held, renewed, report: await load.stop() };
    }
  } finally {
    await stack.stop();
  }
}

/** Connections are opened so many at a time, so that none is lost for want of room to be accepted. */
const AT_A_TIME = 100;
const PAUSE_MS = 20;
/** Between two bytes of a body. */
const DRIP_MS = 5_000;

/** Clients that begin a request and send a byte of its body now and then; one that is closed comes back. */
class SlowClients implements AsyncDisposable {
  readonly #port: number;
  readonly #begin: string;
  readonly #sockets = new Set<Socket>();
  readonly #dripping: NodeJS.Timeout;
  #isOver = false;
  renewed = 0;

  constructor(port: number, begin: string) {
    this.#port = port;
    this.#begin = begin;
    this.#dripping = setInterval(() => {
      for (const socket of this.#sockets) socket.write('x');
    }, DRIP_MS);
  }

  /** Connections that are open. */
  get held(): number {
    return [...this.#sockets].filter(({ readyState }) => readyState === 'open').length;
  }

  async open(clients: number): Promise<void> {
    for (let opened = 0; opened < clients; opened += AT_A_TIME) {
      for (let each = 0; each < AT_A_TIME; each++) this.#open();
      await setTimeout(PAUSE_MS);
    }
  }

  #open(): void {
    const socket = connect(this.#port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.write(this.#begin);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#isOver) return;
      this.renewed++;
      this.#open();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#dripping);
    for (const socket of this.#sockets) socket.destroy();
    while (this.#sockets.size > 0) await setTimeout(PAUSE_MS);
  }
}
