import { expect, it } from 'vitest';
import { environmentProblems } from './environment-problems.mjs';

const FINE = { settings: {}, openFiles: 1024, sharedMemoryMb: 64 };

it.each([
  [FINE, []],
  [{ ...FINE, settings: { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32) } }, []],
  [
    { ...FINE, settings: { NODE_ENV: 'production' } },
    [
      'JWT_SECRET is not set; with NODE_ENV=production it must have at least 32 bytes. Make one with: openssl rand -base64 48',
    ],
  ],
  [
    { ...FINE, settings: { NODE_ENV: 'production', JWT_SECRET: 'ñ' } },
    [
      'JWT_SECRET has 2 bytes; with NODE_ENV=production it must have at least 32 bytes. Make one with: openssl rand -base64 48',
    ],
  ],
  [
    { ...FINE, openFiles: 64 },
    [
      'The limit of open files is 64; at least 128 are needed, and some thousands for many connections. Raise it with: ulimit -n 4096',
    ],
  ],
  [
    { ...FINE, sharedMemoryMb: 1 },
    [
      '/dev/shm has 1 MB free, and the embedded PostgreSQL needs 4 MB. Give the container more (docker run --shm-size=64m), or set DATABASE_URL to a PostgreSQL of your own.',
    ],
  ],
  [{ ...FINE, sharedMemoryMb: 1, settings: { DATABASE_URL: 'postgres://db' } }, []],
])('%j: %j', (environment, problems) => {
  expect(environmentProblems(environment)).toEqual(problems);
});
