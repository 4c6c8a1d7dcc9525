import xxhash from 'xxhash-wasm';

// WebAssembly takes a moment to become ready, so that this module does too, once.
const xxHash = await xxhash();

/**
 * XXH32 of a text's UTF-8, with seed 0.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxh32(text: string): number {
  return xxHash.h32(text);
}

/** XXH64 of a text's UTF-8. */
export function xxh64(text: string, seed = 0n): bigint {
  return xxHash.h64(text, seed);
}
