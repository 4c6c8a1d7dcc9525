import { rawUpstream } from '@balanza/testing';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Ownership } from './ownership.js';

/** A message of PostgreSQL's protocol: a letter, the length of what follows with its own four bytes, the content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + content.length);
  return Buffer.concat([Buffer.from(type), length, content]);
}

const READY = message('Z', Buffer.from('I'));
const SIGNED_IN = Buffer.concat([message('R', Buffer.alloc(4)), READY]);
const SHUTTING_DOWN = message('E', Buffer.from('SFATAL\0C57P01\0Mgoing down\0\0'));

describe('taking the ownership', () => {
  it('leaves no connection behind when the server refuses to say who has it', async () => {
    const connected = Promise.withResolvers<Socket>();
    await using server = await rawUpstream((socket) => {
      connected.resolve(socket);
      // The first message signs in, the next is the question.
      socket.once('data', () => {
        socket.write(SIGNED_IN);
        socket.once('data', () => socket.write(Buffer.concat([SHUTTING_DOWN, READY])));
      });
    });
    await expect(Ownership.take(server.port, () => undefined)).rejects.toThrow('going down');
    const socket = await connected.promise;
    if (!socket.readableEnded) await once(socket, 'end', { signal: AbortSignal.timeout(2_000) });
    expect(socket.readableEnded).toBe(true);
  });
});
