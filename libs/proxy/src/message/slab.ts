/**
 * Pieces of memory are cut from slabs of so many bytes. Node's own are of 64 KiB: one connection that stays, among thousands that do
 * not, would hold all of that for its few bytes.
 */
const SLAB_BYTES = 8_192;
/** What is longer is dear anyway. */
const MAX_PIECE_BYTES = 2_048;

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let used = 0;

/** Memory for as long as a connection lasts, with anything in it; most connections are short, and an allocation for each would be dear. */
export function pieceOfSlab(bytes: number): Buffer {
  if (bytes > MAX_PIECE_BYTES) return Buffer.allocUnsafeSlow(bytes);
  if (used + bytes > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  used += bytes;
  return slab.subarray(used - bytes, used);
}
