import { temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, globSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './stack/workspace.ts';

let checkout: TemporaryFolder;

beforeEach(() => {
  checkout = temporaryFolder();
  chmodSync(checkout.path, 0o755);
  copy('tools');
});

afterEach(() => {
  checkout[Symbol.dispose]();
});

function copy(path: string): void {
  cpSync(join(ROOT, path), join(checkout.path, path), { recursive: true });
}

/** Runs a command of package.json in the checkout. */
function run(command: string, options: { uid?: number; gid?: number } = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(checkout.path, 'tools', 'bootstrap.mjs'), command],
    { encoding: 'utf8', cwd: checkout.path, env: { PATH: process.env['PATH'] }, ...options },
  );
  return { status, stdout, stderr };
}

describe('in a checkout where everything is installed, and whose sources do not build', () => {
  beforeEach(() => {
    copy('package-lock.json');
    for (const file of globSync('{.,apps/*,libs/*,e2e}/package.json', { cwd: ROOT })) copy(file);
    for (const folder of ['libs/auth/src', 'libs/postgres/src']) copy(folder);
    symlinkSync(join(ROOT, 'node_modules'), join(checkout.path, 'node_modules'));
    checkout.write('libs/auth/src/index.ts', "export const text: number = 'none';");
    checkout.write('libs/postgres/src/index.ts', 'export const text: number = ;');
  });

  it('stop works', () => {
    expect(run('stop')).toEqual({ status: 0, stdout: 'Nothing to stop.\n', stderr: '' });
  });

  it('token works', () => {
    expect(run('token')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) as string,
      stderr: '',
    });
  });
});

const NOBODY = 65_534;

describe.runIf(process.getuid?.() === 0)('what root has made, as after sudo npm start,', () => {
  const asNobody = () => run('start', { uid: NOBODY, gid: NOBODY });

  it('is named to another user, with its owner and what mends it', () => {
    mkdirSync(join(checkout.path, '.balanza'));
    chownSync(checkout.path, NOBODY, NOBODY);
    expect(asNobody()).toEqual({
      status: 1,
      stdout: '',
      stderr:
        `${checkout.path}/.balanza belongs to root and may not be written to by nobody, as after sudo npm start. ` +
        `This mends it: sudo chown -R nobody ${checkout.path}\n`,
    });
  });

  it('is found below what belongs to the user', () => {
    mkdirSync(join(checkout.path, 'libs/auth/dist'), { recursive: true });
    checkout.write('libs/auth/dist/index.js', '');
    for (const path of ['', 'libs/auth/dist']) chownSync(join(checkout.path, path), NOBODY, NOBODY);
    expect(asNobody()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^\S+\/libs\/auth\/dist\/index\.js belongs to root and may not/,
      ) as string,
    });
  });
});
