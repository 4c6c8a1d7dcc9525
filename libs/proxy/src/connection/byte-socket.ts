import { Socket, type SocketConstructorOpts } from 'node:net';
import { LentMemory, type Sender } from '../message/lent-memory.js';
import { eventClock } from './event-clock.js';

/** What a socket tells whoever holds it; {@link eventClock} has the time of it. */
export interface SocketEvents {
  /** Bytes have come; they are overwritten after the call, so what is kept is copied. */
  onBytes(bytes: Buffer, length: number): void;
  /** The peer sends nothing more. */
  onEnd(): void;
  /** The peer takes more again, after a write that said it does not. */
  onDrain(): void;
  /** The socket is gone. Comes once, whatever happened. */
  onClose(error: NodeJS.ErrnoException | undefined): void;
}

/**
 * What one read gives at most; after a read of exactly this many bytes there may be more at once. Bodies of 64 KiB are common,
 * and come with a head.
 */
export const READ_BYTES = 69_632;
/** Where sockets of this thread read what is used up before the next read. */
const SHARED = Buffer.allocUnsafeSlow(READ_BYTES);
const lentMemory = new LentMemory(READ_BYTES);

/** Where one socket reads. What it brings can be sent on without a copy, if it has a buffer of its own. */
export class ReadBuffer {
  bytes: Buffer = SHARED;
  /** Where the last read went. */
  last: Uint8Array | undefined;

  /** Whether a piece of what was read may be written elsewhere as it is. */
  get isOwn(): boolean {
    return this.bytes !== SHARED;
  }

  /** From the next read on, reads into memory of the socket's own; the pages cost nothing until they are used. */
  own(): void {
    if (!this.isOwn) this.bytes = Buffer.allocUnsafeSlow(READ_BYTES);
  }

  /** Where the next read goes; undefined for where the last one went, which saves Node looking at the buffer again. */
  next(): Buffer | undefined {
    return this.last === this.bytes ? undefined : this.bytes;
  }

  /**
   * `piece` was handed to `to`. Where it is a part of what was read just now and has not been sent yet, the next read goes
   * elsewhere. Anything else says nothing about this memory, into which Node may read before it asks for another.
   */
  sent(piece: Buffer, to: Sender): void {
    if (to.isIdle || piece.buffer !== this.bytes.buffer || !this.isOwn) return;
    this.bytes = lentMemory.lend(this.bytes, to);
  }
}

/** A piece of what was read that may be kept until it is sent: where sockets share memory, it is copied. */
export function keepable(bytes: Buffer, start: number, end: number): Buffer {
  const piece = bytes.subarray(start, end);
  return bytes === SHARED ? Buffer.from(piece) : piece;
}

/** Options under which Node reads into `buffer` and calls, instead of filling a stream. */
export function readingInto(buffer: ReadBuffer, events: SocketEvents) {
  return {
    allowHalfOpen: true,
    onread: {
      // Node goes on with the last buffer when it gets none, which its types do not say.
      buffer: () => buffer.next() as Buffer,
      callback(length: number, bytes: Uint8Array) {
        eventClock.read();
        buffer.last = bytes;
        events.onBytes(bytes as Buffer, length);
        return true;
      },
    },
  };
}

/** Passes on the events of `socket`. */
export function listenTo(socket: Socket, events: SocketEvents): void {
  let failure: NodeJS.ErrnoException | undefined;
  socket.on('end', () => {
    eventClock.read();
    events.onEnd();
  });
  socket.on('drain', () => {
    eventClock.read();
    events.onDrain();
  });
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => {
    eventClock.read();
    events.onClose(failure);
  });
}

/** Whether `socket` can be given more now; where not, a drain follows. Corked writes count as not sent. */
export function takesMore(socket: Socket): boolean {
  // A single large write "needs drain" even when the system took all of it at once.
  return !socket.writableNeedDrain || socket.writableLength === 0;
}

/**
 * Ends a connection so that the peer sees it broken: by a reset, as an orderly end would make a body that lasts until the
 * connection closes look whole.
 */
export function cut(socket: Socket): void {
  // While an orderly end is on its way, libuv refuses a reset, and Node would lose the descriptor.
  if (socket.writableEnded && socket.writableLength === 0) socket.destroy();
  else socket.resetAndDestroy();
}

/** The part of a socket that Node's own modules use among themselves to pass a connection on. */
interface WithHandle {
  _handle: { readonly writeQueueSize: number } | null;
}

/** Changes as long as the peer takes anything of what waits to be sent, even where that is one large write. */
export function backlogOf(socket: Socket): number {
  // oxlint-disable-next-line no-underscore-dangle -- Node's name
  return socket.writableLength + ((socket as unknown as WithHandle)._handle?.writeQueueSize ?? 0);
}

/**
 * Takes over a connection that a server accepted with `pauseOnConnect`, so that it is read without a stream between.
 * Node offers that option only where a socket is made, not where one is accepted; hence the new socket on the old handle.
 */
export function takeOver(accepted: Socket, buffer: ReadBuffer, events: SocketEvents): Socket {
  const { _handle: handle } = accepted as unknown as WithHandle;
  const options = { handle, ...readingInto(buffer, events) } as unknown as SocketConstructorOpts;
  const socket = new Socket(options);
  // The server counts the socket that it made; that one ends when the new one does.
  // oxlint-disable-next-line no-underscore-dangle -- Node's name
  (accepted as unknown as WithHandle)._handle = null;
  socket.once('close', () => accepted.destroy());
  listenTo(socket, events);
  return socket;
}
