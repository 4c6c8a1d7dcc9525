import { expect, it } from 'vitest';
import { eventFrames, EventTooLargeError } from './event-frames.js';

const TEXT =
  'retry: 1000\n\n: still here\n\nevent: task\ndata: {"a":"\\n\\n"}\nid: 7-running\n\ndata: cut off';

async function* inPieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

async function framesOf(text: string, size: number, maxBytes = 1_000): Promise<string[]> {
  const frames: string[] = [];
  for await (const frame of eventFrames(inPieces(text, size), maxBytes)) frames.push(frame.toString());
  return frames;
}

it.each([1, 2, 3, 5, 8, 1_000])(
  'an event stream falls into its blocks, however it comes: %i bytes at a time',
  async (size) => {
    expect(await framesOf(TEXT, size)).toEqual([
      'retry: 1000\n\n',
      ': still here\n\n',
      'event: task\ndata: {"a":"\\n\\n"}\nid: 7-running\n\n',
    ]);
  },
);

it.each([1, 100])('a block has a bound: %i bytes at a time', async (size) => {
  await expect(framesOf('x'.repeat(60), size, 50)).rejects.toBeInstanceOf(EventTooLargeError);
  expect(await framesOf(`${'x'.repeat(48)}\n\n`.repeat(3), size, 50)).toHaveLength(3);
});
