import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assertSecretsDiffer, assertStrongSecret } from './secrets.js';

const HOW = 'make one with: openssl rand -base64 48';

describe('a secret for production', () => {
  it.each([
    ['a'.repeat(40)],
    ['ab'.repeat(20)],
    ['password'.repeat(5)],
    ['correct horse '.repeat(4)],
    ['0123456789abcdefghijklmnopqrstuvwxyz'],
    ['0123456789abcdef'.repeat(2)],
    ['s3cr3t!'.repeat(10)],
    [' '.repeat(64)],
  ])('is refused where it is regular: %s', (secret) => {
    expect(() => assertStrongSecret('JWT_SECRET', secret)).toThrow(
      `JWT_SECRET can be guessed: it has few different characters, counts up, or repeats a part of itself; ${HOW}`,
    );
  });

  it('is refused where it is short or published', () => {
    expect(() => assertStrongSecret('JWT_SECRET', 'x7GpQ2')).toThrow(
      `JWT_SECRET must have at least 32 bytes in production; ${HOW}`,
    );
    expect(() => assertStrongSecret('JWT_SECRET', 'a-string-secret-at-least-256-bits-long')).toThrow(
      `JWT_SECRET must not be an example that is published; ${HOW}`,
    );
  });

  it.each([
    ['base64', 48],
    ['base64url', 24],
    ['hex', 32],
    ['hex', 16],
  ] as const)('is taken where it is random: %s of %i bytes', (encoding, bytes) => {
    const secrets = Array.from({ length: 1_000 }, () => randomBytes(bytes).toString(encoding));
    expect(() => secrets.forEach((secret) => assertStrongSecret('JWT_SECRET', secret))).not.toThrow();
  });
});

describe('the secrets of a process', () => {
  const secret = randomBytes(32).toString('base64');

  it.each([
    ['SERVICE_TOKEN', { JWT_SECRET: secret, SERVICE_TOKEN: secret }],
    ['STICKY_SECRET', { JWT_SECRET: secret, PORT: 80, STICKY_SECRET: secret }],
    ['DATABASE_URL', { JWT_SECRET: secret, DATABASE_URL: `postgres://u:${encodeURIComponent(secret)}@h/d` }],
  ])('are refused where one is used twice: %s', (name, settings) => {
    expect(() => assertSecretsDiffer(settings)).toThrow(
      `JWT_SECRET and ${name} must not be the same secret in production; ${HOW}`,
    );
  });

  it('are taken where they differ', () => {
    const other = randomBytes(32).toString('base64');
    const unused = { STICKY_SECRET: undefined, HOST: secret };
    const urls = { DATABASE_URL: 'postgres://u@h/d', EVENTS_URL: 'nats://h', CACHE_URL: 'nonsense' };
    const settings = { JWT_SECRET: secret, SERVICE_TOKEN: other, ...unused, ...urls };
    expect(() => assertSecretsDiffer(settings)).not.toThrow();
  });
});
