import { execFileSync } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import { isolatedEnvironment } from './isolated-environment.js';
import { temporaryFolder } from './temporary-folder.js';

afterEach(() => vi.unstubAllEnvs());

it('keeps the settings of the environment and of .env from a process that a test starts', () => {
  using folder = temporaryFolder();
  folder.write('.env.example', '# A group\n# DATABASE_URL=\nHOST=127.0.0.1\n# PORT=8000\n');
  const file = folder.write('.env', 'DATABASE_URL=postgres://from-file\nPORT=1\nOTHER=from-file');
  vi.stubEnv('DATABASE_URL', 'postgres://from-environment');
  vi.stubEnv('KEPT', 'kept');
  const script = `process.loadEnvFile(${JSON.stringify(file)});
    const { DATABASE_URL, HOST, PORT, KEPT, OTHER } = process.env;
    console.log(JSON.stringify({ DATABASE_URL, HOST, PORT, KEPT, OTHER }));`;
  const env = isolatedEnvironment(folder.path, { PORT: '5000' });
  expect(JSON.parse(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }))).toEqual({
    DATABASE_URL: '',
    HOST: '',
    PORT: '5000',
    KEPT: 'kept',
    OTHER: 'from-file',
  });
});
