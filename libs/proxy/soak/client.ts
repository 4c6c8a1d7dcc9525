import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import { numbers } from './pattern.ts';
import { planRequest, type PlannedRequest } from './request-kinds.ts';

/** What all clients together have done. */
export interface Tally {
  /** Requests that may still be begun. */
  left: number;
  /** Requests that ended as they should. */
  right: number;
  /** Requests that nobody waited for, as their connection had ended. */
  dropped: number;
  /** What was wrong with those that ended otherwise. */
  readonly wrong: string[];
  connections: number;
}

/** @param requests that may be begun */
export function newTally(requests: number): Tally {
  return { left: requests, right: 0, dropped: 0, wrong: [], connections: 0 };
}

/** So many requests are under way at once on one connection at most. */
const MAX_AHEAD = 4;
/** In so many turns once, the client leaves in the middle. */
const LEAVES_ONCE_IN = 2_000;

/** One client: asks, checks every answer, and begins anew where a connection ends. Done when nothing is left to ask. */
export class Client {
  readonly #port: number;
  readonly #tally: Tally;
  readonly #random: (below: number) => number;
  readonly #number: number;
  #asked = 0;
  #socket: Socket | undefined;
  #reader = new AnswerReader();
  /** Requests under way, in their order, with their ids. */
  #open: { readonly id: string; readonly planned: PlannedRequest }[] = [];
  #done: () => void = () => undefined;

  constructor(port: number, number: number, tally: Tally) {
    this.#port = port;
    this.#number = number;
    this.#tally = tally;
    this.#random = numbers(number);
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#ask();
    });
  }

  /** Sends as many requests as go out together, over the connection that is there or a new one. */
  #ask(): void {
    if (this.#tally.left <= 0) {
      this.#socket?.destroy();
      this.#done();
      return;
    }
    const socket = this.#socket ?? this.#connect();
    const parts: Buffer[] = [];
    const count = 1 + this.#random(MAX_AHEAD);
    for (let at = 0; at < count; at++) {
      const planned = planRequest(this.#random);
      const id = `${this.#number}-${this.#asked++}`;
      this.#open.push({ id, planned });
      this.#tally.left--;
      parts.push(Buffer.from(`${planned.head}X-Request-Id: ${id}\r\n\r\n`), planned.body);
      // Its answer does not come, or is the last one.
      if (planned.expected === undefined) break;
    }
    socket.write(Buffer.concat(parts));
    if (this.#random(LEAVES_ONCE_IN) === 0) this.#leave(socket);
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    this.#reader = new AnswerReader();
    this.#tally.connections++;
    socket.on('data', (bytes: Buffer) => {
      if (socket === this.#socket) this.#read(socket, bytes);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket === this.#socket) this.#onClose();
    });
    return socket;
  }

  #read(socket: Socket, bytes: Buffer): void {
    this.#reader.add(bytes);
    try {
      for (let [first] = this.#open; first !== undefined; [first] = this.#open) {
        const { id, planned } = first;
        if (planned.expected === undefined) return;
        const answer = this.#reader.next(planned.toHead);
        if (answer === undefined) return;
        const { status, body } = planned.expected;
        const same =
          answer.status === status && answer.id === id && (status === 502 || answer.body.equals(body));
        this.#end(same, () => `${planned.head} answered ${answer.status}, id ${answer.id} for ${id}`);
        if (answer.last) {
          this.#again(socket);
          return;
        }
      }
      if (this.#reader.hasMore) this.#tally.wrong.push('bytes behind the last answer');
      this.#ask();
    } catch (error) {
      this.#end(false, () => String(error));
      this.#again(socket);
    }
  }

  /** The connection has ended: right where the answer was to break off. */
  #onClose(): void {
    const [first] = this.#open;
    if (first !== undefined) {
      const { planned, id } = first;
      this.#end(planned.expected === undefined, () => `${planned.head} (${id}) was not answered`);
    }
    this.#again(this.#socket);
  }

  /** Leaves with an answer on its way. */
  #leave(socket: Socket): void {
    setTimeout(() => {
      if (socket !== this.#socket) return;
      if (this.#random(2) === 0) socket.resetAndDestroy();
      this.#again(socket);
    }, this.#random(3));
  }

  /** Forgets the connection and what was asked there beyond, and goes on over a new one. */
  #again(socket: Socket | undefined): void {
    this.#tally.dropped += this.#open.length;
    this.#open = [];
    this.#socket = undefined;
    socket?.destroy();
    setImmediate(() => this.#ask());
  }

  #end(right: boolean, what: () => string): void {
    this.#open.shift();
    if (right) this.#tally.right++;
    else this.#tally.wrong.push(what());
  }
}
