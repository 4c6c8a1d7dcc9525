import { z } from 'zod';

/** A whole number. */
export function whole(min: number, max: number) {
  return z
    .int('must be a whole number')
    .min(min, `must be from ${min} to ${max}`)
    .max(max, `must be from ${min} to ${max}`);
}

/** A number of seconds; fractions are fine. */
export function seconds(min: number, max: number) {
  const range = `must be from ${min} to ${max} seconds`;
  return z.number('must be a number of seconds').min(min, range).max(max, range);
}

/** A part of a whole. */
export function share(min = 0) {
  const range = `must be a share from ${min} to 1`;
  return z.number(range).min(min, range).max(1, range);
}

/** A number without a unit. */
export function factor(min: number, max: number) {
  const range = `must be a number from ${min} to ${max}`;
  return z.number(range).min(min, range).max(max, range);
}

/** On or off. */
export function flag() {
  return z.boolean('must be true or false');
}

/** A TCP port. */
export function port() {
  const range = 'must be a port, 1 to 65535';
  return z.int('must be a whole number').min(1, range).max(65_535, range);
}

/** Some text. */
export function text() {
  return z.string('must be text').min(1, 'must not be empty');
}
