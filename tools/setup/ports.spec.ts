import { freePorts, temporaryFolder } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { portConflicts } from './ports.mjs';

const host = '127.0.0.1';
const LISTEN = `require('node:net').createServer().listen(Number(process.env.AT), '${host}', () => console.log('listening'));`;

/** Runs a program of `folder` that listens on `port`. */
async function listening(file: string, port: number, args: readonly string[] = [], cwd?: string) {
  const child = spawn(process.execPath, [file, ...args], { env: { AT: String(port) }, cwd });
  await once(child.stdout, 'data');
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

it('names another Balanza that holds ports, once, and how to end it', async () => {
  using folder = temporaryFolder();
  for (const path of ['tools', 'apps/worker/dist']) mkdirSync(join(folder.path, path), { recursive: true });
  folder.write('tools/bootstrap.mjs', '');
  const app = folder.write('apps/worker/dist/main.js', LISTEN);
  const ports = await freePorts(2);
  const needed = ports.map((port) => ({ host, port, role: 'worker' }));
  await using first = await listening(app, ports[0] ?? 0);
  await using second = await listening(app, ports[1] ?? 0);
  const held = [first, second].map(
    ({ pid }, at) =>
      expect.stringMatching(
        new RegExp(`^Port ${ports[at]} \\(worker\\) is held by process ${pid}: node .{1,55}\\.$`),
      ) as string,
  );
  expect(await portConflicts(needed, '/elsewhere', () => false)).toEqual([
    ...held,
    `Another Balanza runs in ${folder.path}; npm run stop in that folder ends it.`,
  ]);
  expect(await portConflicts(needed, folder.path, () => false)).toEqual([
    ...held,
    'This workspace runs already; npm run stop ends what it runs.',
  ]);
  expect(
    await portConflicts(needed, folder.path, (_port, holder) => holder?.workspace !== undefined),
  ).toEqual([]);
});

it('shows the beginning of a long command line, and knows no Balanza in somebody else’s app', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'apps/worker/dist'), { recursive: true });
  const app = folder.write('apps/worker/dist/main.js', LISTEN);
  const [port = 0] = await freePorts(1);
  await using holder = await listening(app, port, ['x'.repeat(100)]);
  expect(await portConflicts([{ host, port, role: 'cache' }], '/elsewhere', () => false)).toEqual([
    `Port ${port} (cache) is held by process ${holder.pid}: ${`node ${app} ${'x'.repeat(100)}`.slice(0, 59)}….`,
  ]);
});

it.runIf(process.platform === 'linux')(
  'knows the PostgreSQL of a workspace that runs as another user by the folder that it works in',
  async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, '.balanza', 'postgres');
    for (const path of [data, join(folder.path, 'tools')]) mkdirSync(path, { recursive: true });
    folder.write('tools/bootstrap.mjs', '');
    const [port = 0] = await freePorts(1);
    await using postgres = await listening(
      folder.write('postgres.cjs', LISTEN),
      port,
      ['-D', '/proc/self/cwd'],
      data,
    );
    const needed = [{ host, port, role: 'database, PostgreSQL' }];
    expect(await portConflicts(needed, '/elsewhere', () => false)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Port ${port} \\(database, PostgreSQL\\) is held by process ${postgres.pid}: node .{1,55}\\.$`,
        ),
      ),
      `Another Balanza runs in ${folder.path}; npm run stop in that folder ends it.`,
    ]);
    expect(
      await portConflicts(needed, folder.path, (_port, holder) => holder?.workspace === folder.path),
    ).toEqual([]);
  },
);
