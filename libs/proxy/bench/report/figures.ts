const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Requests, bytes and the like: `41,235`. */
export function count(value: number): string {
  return whole.format(value);
}

/** Microseconds of CPU: `13.6 µs`. */
export function cpuTime(micros: number): string {
  return `${micros.toFixed(1)} µs`;
}

/** Microseconds of waiting, in milliseconds: `1.47 ms`. */
export function latency(micros: number): string {
  return `${(micros / 1_000).toFixed(2)} ms`;
}

/** Bytes, in megabytes: `61 MB`. */
export function megabytes(bytes: number): string {
  return `${count(bytes / 1e6)} MB`;
}

/** How many times `reference`: `1.07 ×`. */
export function ratio(value: number, reference: number): string {
  return `${(value / reference).toFixed(2)} ×`;
}
