import { expect, it } from 'vitest';
import { pieceOfSlab } from './slab.js';

it('gives each its own memory, and none that is held by few holds much', () => {
  const pieces = Array.from({ length: 1_000 }, (_, index) => pieceOfSlab(index + 1).fill(index % 251));
  pieces.forEach((piece, index) => expect(piece).toEqual(Buffer.alloc(index + 1, index % 251)));
  for (const { buffer } of pieces) expect(buffer.byteLength).toBeLessThanOrEqual(8_192);
});

it('gives what is long memory of its own', () => {
  expect(pieceOfSlab(32_768).buffer.byteLength).toBe(32_768);
});
