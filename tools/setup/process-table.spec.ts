import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLineOf, commandLinesOf, listing, readListing } from './process-table.mjs';

const NO_PROCESS = 4_194_304;

it('the command lines of processes that run are found, of others none', async () => {
  const found = await commandLinesOf([process.pid, NO_PROCESS]);
  expect([...found.keys()]).toEqual([process.pid]);
  expect(found.get(process.pid)).toEqual(await commandLineOf(process.pid));
  expect(await commandLineOf(NO_PROCESS)).toBeUndefined();
});

describe('where there is no /proc', () => {
  it('macOS is asked for all in one call of ps, and one that has ended is left out', () => {
    expect(listing('darwin', [7, 12])).toEqual({
      file: 'ps',
      args: ['-ww', '-o', 'pid=,stat=,args=', '-p', '7,12'],
    });
    const output = '    7 S+   /opt/node tools/start.ts\n   12 Z    (node)\n13245 Ss   /x/postgres -D /y\n';
    expect([...readListing('darwin', output)]).toEqual([
      [7, ['/opt/node', 'tools/start.ts']],
      [13_245, ['/x/postgres', '-D', '/y']],
    ]);
  });

  it.runIf(spawnSync('ps', ['-p', '1']).status === 0)('ps of this system is understood', () => {
    const { file, args } = listing('darwin', [process.pid]);
    const { stdout } = spawnSync(file, args, { encoding: 'utf8' });
    expect([...readListing('darwin', stdout).keys()]).toEqual([process.pid]);
  });

  it('Windows is asked for all in one call of PowerShell, and its quotes are taken off', () => {
    const { file, args } = listing('win32', [7, 12]);
    expect([file, args.at(-1)]).toEqual([
      'powershell.exe',
      expect.stringContaining("Get-CimInstance Win32_Process -Filter 'ProcessId=7 OR ProcessId=12'"),
    ]);
    const output =
      '7 "C:\\My Files\\node_modules\\node\\bin\\node.exe" --max-semi-space-size=4 "C:\\My Files\\main.js"\r\n' +
      '12 C:\\b\\node.exe tools/start.ts\r\n13 \r\n';
    expect([...readListing('win32', output)]).toEqual([
      [
        7,
        [
          'C:\\My Files\\node_modules\\node\\bin\\node.exe',
          '--max-semi-space-size=4',
          'C:\\My Files\\main.js',
        ],
      ],
      [12, ['C:\\b\\node.exe', 'tools/start.ts']],
    ]);
  });
});
