import { temporaryFolder } from '@balanza/testing';
import { expect, it } from 'vitest';
import { environmentFor, run } from './command.js';

const node = (script: string) => ({
  file: process.execPath,
  args: ['-e', script],
  cwd: '/',
  runAs: undefined,
});

it('a command is over when it has ended, also where what it started keeps its output open', async () => {
  using folder = temporaryFolder();
  const marker = folder.write('stay', '');
  const stays = `setInterval(() => require('node:fs').existsSync(${JSON.stringify(marker)}) || process.exit(), 50)`;
  const script = `
    require('node:child_process')
      .spawn(process.execPath, ['-e', ${JSON.stringify(stays)}], { detached: true, stdio: 'inherit' }).unref();
    console.log('launched');`;
  expect(await run(node(script))).toEqual({ code: 0, output: 'launched' });
});

it('both outputs of a command are told, and its exit code', async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  const { code, output } = await run(node(script));
  expect([code, output.split('\n').toSorted()]).toEqual([3, ['err', 'out']]);
});

it('a command that is not there says so', async () => {
  expect(await run({ file: '/no/such/program', args: [], cwd: '/', runAs: undefined })).toEqual({
    code: -1,
    output: 'spawn /no/such/program ENOENT',
  });
});

it.each([
  ['linux', { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }],
  [
    'win32',
    {
      SystemRoot: 'D:\\Win',
      ComSpec: 'D:\\Win\\System32\\cmd.exe',
      PATH: 'D:\\Win\\System32;D:\\Win',
      LC_ALL: 'C',
      TEMP: 'D:\\Temp',
    },
  ],
] as const)(
  'a command gets no secret of the environment, on %s only what programs need',
  (platform, expected) => {
    const own = { SystemRoot: 'D:\\Win', TEMP: 'D:\\Temp', JWT_SECRET: 'secret', PATH: 'elsewhere' };
    expect(environmentFor(platform, own)).toEqual(expected);
  },
);
