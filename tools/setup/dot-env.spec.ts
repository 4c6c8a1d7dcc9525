import { temporaryFolder } from '@balanza/testing';
import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../stack/workspace.ts';
import { readDotEnv } from './dot-env.mjs';

it.each([
  ['no file', undefined, {}],
  ['a plain file', 'A=1\nB=2\n', { A: '1', B: '2' }],
  ['a file with a byte order mark', '\uFEFFA=1\nB=2\n', { A: '1', B: '2' }],
])('reads %s', (_name, content, settings) => {
  using folder = temporaryFolder();
  if (content !== undefined) folder.write('.env', content);
  expect(readDotEnv(folder.path)).toEqual(settings);
});

it.each([
  ['little-endian', Buffer.from('\uFEFFA=1\n', 'utf16le')],
  ['big-endian', Buffer.from('\uFEFFA=1\n', 'utf16le').swap16()],
])('refuses UTF-16, %s', (_name, bytes) => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, '.env'), bytes);
  expect(() => readDotEnv(folder.path)).toThrow(`${folder.path}/.env is in UTF-16; save it in UTF-8.`);
});

it('the launcher takes the first setting after a byte order mark, and none that is set already', () => {
  using folder = temporaryFolder();
  cpSync(join(ROOT, 'tools'), join(folder.path, 'tools'), { recursive: true });
  folder.write('.env', '\uFEFFHOST=127.0.0.9\nACCESS_LOG=false\n');
  const program = `
    const { readEnvironment } = await import(${JSON.stringify(join(folder.path, 'tools/stack/environment.ts'))});
    const { host, accessLog } = readEnvironment();
    console.log(JSON.stringify([host, accessLog]));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ACCESS_LOG: 'true' },
  });
  expect(JSON.parse(stdout)).toEqual(['127.0.0.9', 'true']);
});
