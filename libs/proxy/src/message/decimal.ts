const ZERO = 0x30;
const NINE = 0x39;

/** Something other than digits. */
export const NOT_DECIMAL = -1;

/** Digits up to which a number is exact. */
export const EXACT_DIGITS = 15;

/** The number that `bytes[start..end)` says in decimal digits, or {@link NOT_DECIMAL}; exact up to {@link EXACT_DIGITS}. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NOT_DECIMAL;
  let number = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > NINE) return NOT_DECIMAL;
    number = number * 10 + byte - ZERO;
  }
  return number;
}
