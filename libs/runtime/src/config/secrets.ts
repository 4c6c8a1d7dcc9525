import { unescape } from 'node:querystring';
import { deflateRawSync } from 'node:zlib';
import { ConfigError } from '../errors.js';

/** Shortest secret, in bytes, that production takes: as long as the output of SHA-256 (RFC 7518 §3.2). */
export const MIN_SECRET_BYTES = 32;

/** Different characters, and different steps from one to the next, at least; 32 random digits have fewer once in 10⁵ times. */
const MIN_VARIETY = 7;
/** Bytes that are left, at least, when what repeats is left out: 32 random hex digits keep 28 or more. */
const MIN_DEFLATED_BYTES = 24;
/** Long enough and published: the example of jwt.io. */
const PUBLISHED = new Set(['a-string-secret-at-least-256-bits-long']);

const HOW = 'make one with: openssl rand -base64 48';

/**
 * Refuses a secret that can be guessed, though no check can tell that one is random.
 *
 * @throws ConfigError when `secret` is shorter than {@link MIN_SECRET_BYTES}, repeats itself, or is published
 */
export function assertStrongSecret(name: string, secret: string): void {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    throw new ConfigError(`${name} must have at least ${MIN_SECRET_BYTES} bytes in production; ${HOW}`);
  if (PUBLISHED.has(secret))
    throw new ConfigError(`${name} must not be an example that is published; ${HOW}`);
  if (isRegular(Buffer.from(secret)))
    throw new ConfigError(
      `${name} can be guessed: it has few different characters, counts up, or repeats a part of itself; ${HOW}`,
    );
}

/**
 * Refuses one secret in two places: what one of them is shown to could act as the other.
 *
 * @param settings all of a process; the secrets among them are found by their names
 * @throws ConfigError that names both
 */
export function assertSecretsDiffer(settings: Readonly<Record<string, unknown>>): void {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(settings)) {
    const secret = secretIn(name, value);
    if (secret === undefined) continue;
    const other = names.get(secret);
    if (other !== undefined)
      throw new ConfigError(`${other} and ${name} must not be the same secret in production; ${HOW}`);
    names.set(secret, name);
  }
}

/** The value of a setting that is a secret, or the password in one that is a URL. */
function secretIn(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (/_(SECRET|TOKEN)$/.test(name)) return value;
  if (!name.endsWith('_URL') || !URL.canParse(value)) return undefined;
  const { password } = new URL(value);
  return password === '' ? undefined : unescape(password);
}

function isRegular(bytes: Uint8Array): boolean {
  const steps = bytes.slice(1).map((byte, index) => byte - (bytes[index] ?? 0));
  return (
    Math.min(new Set(bytes).size, new Set(steps).size) < MIN_VARIETY ||
    deflateRawSync(bytes, { level: 9 }).length < MIN_DEFLATED_BYTES
  );
}
