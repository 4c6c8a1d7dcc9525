import { eventually, processOutput, temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../stack/workspace.ts';
import { fullDisks, reasonNoRoom } from './disk-space.mjs';
import { reasonNodeInUse, reasonToInstall } from './installation.mjs';
import { reasonPlatformLacks } from './pinned-node.mjs';

const LOCK = {
  packages: {
    'node_modules/node': { version: '26.10.0', integrity: 'sha512-a' },
    'node_modules/other': { version: '1.0.0', integrity: 'sha512-b' },
  },
};

let checkout: TemporaryFolder;

beforeEach(() => {
  checkout = temporaryFolder();
  checkout.write('package-lock.json', JSON.stringify(LOCK));
});

afterEach(() => {
  checkout[Symbol.dispose]();
});

function writeProgram(path: string, text: string): void {
  checkout.write(path, text);
  chmodSync(join(checkout.path, path), 0o755);
}

const goodNode = '#!/bin/sh\necho v26.10.0\n';

describe.skipIf(process.platform === 'win32')('what is installed', () => {
  beforeEach(() => {
    checkout.write('node_modules/.package-lock.json', JSON.stringify(LOCK));
    for (const name of ['node', 'other']) checkout.write(`node_modules/${name}/package.json`, '{}');
    writeProgram('node_modules/.bin/node', goodNode);
  });

  it('is left alone when it is what the lock file names and the pinned Node runs', () => {
    expect(reasonToInstall(checkout.path)).toBeUndefined();
  });

  it.each([
    ['is empty', '', 'the pinned Node prints nothing'],
    ['is of another platform', '#!/no/such/loader\n', 'the pinned Node cannot be started (ENOENT)'],
    ['is another one', '#!/bin/sh\necho v20.1.0\n', 'the pinned Node prints "v20.1.0" in place of v26.10.0'],
    ['crashes', '#!/bin/sh\nkill -SEGV $$\n', 'the pinned Node ends with SIGSEGV'],
  ])('is installed anew when the pinned Node %s', (_what, text, reason) => {
    writeProgram('node_modules/.bin/node', text);
    expect(reasonToInstall(checkout.path)).toBe(reason);
  });

  it('is installed anew when a package was removed', () => {
    rmSync(join(checkout.path, 'node_modules/other'), { recursive: true });
    expect(reasonToInstall(checkout.path)).toBe('node_modules/other is not there any more');
  });
});

describe('a platform', () => {
  const linux = { platform: 'linux', arch: 'x64', hasGlibc: true, exists: () => false };

  it.each([
    ['with glibc', linux],
    ['with musl and a layer for glibc', { ...linux, hasGlibc: false, exists: () => true }],
    ['that is macOS', { ...linux, platform: 'darwin', hasGlibc: false }],
  ])('%s will do', (_name, system) => {
    expect(reasonPlatformLacks(system)).toBeUndefined();
  });

  it('with musl alone is refused, with what to use', () => {
    expect(reasonPlatformLacks({ ...linux, hasGlibc: false })).toBe(
      'This system has no glibc (Alpine Linux has musl in its place), and the packages of Node 26 and PostgreSQL are built for glibc. ' +
        'Use a system or an image that has it, such as node:26-bookworm-slim.',
    );
  });
});

describe('room on disks', () => {
  it('is looked at before', () => {
    expect(reasonNoRoom('/a', () => 700)).toBeUndefined();
    expect(reasonNoRoom('/a', () => 699)).toBe(
      'The disk of /a has 699 MB free; installing takes about 700 MB. Make room and try again.',
    );
    expect(reasonNoRoom(join(checkout.path, 'not/there/yet'))).toBeUndefined();
  });

  it('is looked at when an install has failed', () => {
    expect(fullDisks(['/a', '/b', '/b'], (folder) => (folder === '/b' ? 19 : 20))).toEqual(['/b']);
  });
});

describe('the Node that runs the set-up', () => {
  const inModules = String.raw`C:\work\balanza\node_modules\node\bin\node.exe`;

  it.each([
    ['win32', String.raw`C:\Program Files\nodejs\node.exe`, undefined],
    ['linux', inModules, undefined],
    [
      'win32',
      inModules,
      `Windows cannot replace ${inModules} while it runs this. Run npm run stop, then npm ci, and try again.`,
    ],
  ] as const)('on %s, %s: is it in the way of an install', (platform, execPath, reason) => {
    expect(reasonNodeInUse(platform, execPath, String.raw`c:\work\balanza`)).toBe(reason);
  });
});

describe.skipIf(process.platform === 'win32')('npm', () => {
  beforeEach(() => {
    cpSync(join(ROOT, 'tools'), join(checkout.path, 'tools'), { recursive: true });
  });

  function bootstrap(command: string) {
    return [process.execPath, [join(checkout.path, 'tools', 'bootstrap.mjs'), command]] as const;
  }

  function environment(more: Readonly<Record<string, string>> = {}) {
    const { PATH = '', HOME = '' } = process.env;
    return { HOME, PATH: [join(checkout.path, 'bin'), PATH].join(delimiter), ...more };
  }

  it('that may not run install scripts is noticed before it installs', () => {
    const { status, stdout, stderr } = spawnSync(...bootstrap('token'), {
      encoding: 'utf8',
      cwd: checkout.path,
      env: environment({ npm_config_ignore_scripts: 'true' }),
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'Installing, as nothing is installed yet (the first time takes a minute or so)\n' +
        'npm is told not to run install scripts (ignore-scripts=true), and the packages of Node 26 and PostgreSQL need theirs. ' +
        'Run npm ci --ignore-scripts=false, or npm config set ignore-scripts false, and try again.\n' +
        'Nothing was installed.\n',
    });
  });

  it('installs here, also where a parent folder is a workspace that takes this one in', () => {
    writeProgram(
      'bin/npm',
      `#!/bin/sh\n[ "$1" = config ] && { echo false; exit; }\necho "$@, $npm_config_local_prefix" > "$PWD/called"\n`,
    );
    const { status, stderr } = spawnSync(...bootstrap('token'), {
      encoding: 'utf8',
      cwd: checkout.path,
      env: environment({ npm_config_local_prefix: '/parent' }),
    });
    expect(readFileSync(join(checkout.path, 'called'), 'utf8')).toBe(
      `ci --prefix ${checkout.path} --include=dev --no-audit --no-fund --loglevel=error, \n`,
    );
    expect({ status, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({
      status: 1,
      last: `The pinned Node was installed for ${process.platform} ${process.arch}, but it is missing: ${checkout.path}/node_modules/.bin/node`,
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('that goes on for long is ended by %s, with all that it has started', async (signal, code) => {
    writeProgram(
      'bin/npm',
      `#!/bin/sh\n[ "$1" = config ] && { echo false; exit; }\ntrap '' INT TERM HUP\nsleep 600 &\necho $! > "$PWD/started"\nwait\n`,
    );
    const child = spawn(...bootstrap('token'), {
      cwd: checkout.path,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { output } = processOutput(child);
    const started = join(checkout.path, 'started');
    await eventually(() => expect(existsSync(started) && readFileSync(started, 'utf8')).toMatch(/\d+\n/));
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(output()).toMatch(/\nInterrupted\.\n$/);
    const pid = Number(readFileSync(started, 'utf8'));
    await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
    expect(existsSync(join(checkout.path, '.balanza/setup.lock'))).toBe(false);
  });
});
