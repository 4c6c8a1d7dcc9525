/** Offsets differ between neighbours, so that bytes in the wrong place, or of another answer, are seen. */
const OFFSETS = 65_536;
/** The longest piece of the pattern. */
export const MAX_PIECE_BYTES = 1024 * 1024;

const pattern = Buffer.alloc(OFFSETS + MAX_PIECE_BYTES);
for (let at = 0; at < pattern.length; at++) pattern[at] = ((at * 2_654_435_761) >>> 13) & 0xff;

/** `length` bytes that are the same wherever they are asked for, and different for each `offset`. */
export function piece(offset: number, length: number): Buffer {
  const start = offset % OFFSETS;
  return pattern.subarray(start, start + length);
}

/** Numbers that look random and are the same for the same seed (Lehmer's generator): from 0, below `below`. */
export function numbers(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}
