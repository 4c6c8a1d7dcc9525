import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** Sends `pieces` so that each is read by itself: the receiver is in this process and has its turn in between. */
export async function sendPieces(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) {
      // One turn may have begun its reads before the piece was sent; the second has not.
      await setImmediate();
      await setImmediate();
    }
    if (!socket.destroyed) socket.write(piece, 'latin1');
  }
}

/** Every way to cut `text` in two, and the one into single bytes. */
export function cuts(text: string): string[][] {
  const inTwo = Array.from({ length: text.length - 1 }, (_, index) => [
    text.slice(0, index + 1),
    text.slice(index + 1),
  ]);
  return [...inTwo, text.split('')];
}
