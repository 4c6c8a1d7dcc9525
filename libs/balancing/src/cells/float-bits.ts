const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A number with a fraction, to some 7 digits, as the whole number of 32 bits that a cell can hold; 0 stays 0. */
export function toBits(value: number): number {
  float[0] = value;
  return bits[0] ?? 0;
}

/** The number that {@link toBits} made whole. */
export function fromBits(whole: number): number {
  bits[0] = whole;
  return float[0] ?? 0;
}
