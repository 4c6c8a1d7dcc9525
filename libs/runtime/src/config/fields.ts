import { originUrl } from '@balanza/topology';
import { z } from 'zod';

/** A number of seconds, given in an environment variable; fractions are fine. */
export function seconds({ min = 0, max = 86_400 }: { min?: number; max?: number } = {}) {
  return numberFrom(z.number(`must be a number of seconds from ${min} to ${max}`), min, max);
}

/** A whole number, given in an environment variable. */
export function integer({ min, max }: { min: number; max: number }) {
  return numberFrom(z.int(`must be a whole number from ${min} to ${max}`), min, max);
}

/** `true` or `false`, given in an environment variable. */
export function flag() {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
}

/** A TCP port, given in an environment variable. */
export function port() {
  return integer({ min: 1, max: 65_535 });
}

/** The origin of an HTTP service, given in an environment variable. */
export function httpUrl() {
  return originUrl(['http', 'https']);
}

/** Where a PostgreSQL is, given in an environment variable. */
export function postgresUrl() {
  return z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgres://user:password@host:5432/database',
  });
}

function numberFrom(number: z.ZodNumber, min: number, max: number) {
  const range = `must be from ${min} to ${max}`;
  return z.string().trim().transform(Number).pipe(number.min(min, range).max(max, range));
}
