import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { readEnvironment } from './environment.ts';
import { ROOT } from './workspace.ts';

const NAMES = [
  'BALANZA_CONFIG',
  'HOST',
  'DATABASE_URL',
  'JWT_SECRET',
  'ACCESS_LOG',
  'STALL_TIMEOUT',
  'BALANZA_RUN_DIR',
];

afterEach(() => {
  vi.unstubAllEnvs();
});

it('an empty variable counts as not set', () => {
  for (const name of NAMES) vi.stubEnv(name, '');
  expect(readEnvironment()).toEqual({
    topologyFile: undefined,
    host: undefined,
    ownDatabase: false,
    jwtSecret: undefined,
    accessLog: 'true',
    stallTimeout: undefined,
    runDirectory: join(ROOT, '.balanza', 'run'),
  });
});

it('what is set is taken as it is', () => {
  for (const name of NAMES) vi.stubEnv(name, `/${name} `);
  expect(readEnvironment()).toEqual({
    topologyFile: '/BALANZA_CONFIG ',
    host: '/HOST ',
    ownDatabase: true,
    jwtSecret: '/JWT_SECRET ',
    accessLog: '/ACCESS_LOG ',
    stallTimeout: '/STALL_TIMEOUT ',
    runDirectory: '/BALANZA_RUN_DIR ',
  });
});
