import { temporaryFolder } from '@balanza/testing';
import { expect, it } from 'vitest';
import { listing, listsServer, programsOf } from './postmaster.js';

it.each([
  ['darwin', { file: 'ps', args: ['-o', 'stat=,comm=', '-p', '4711'] }],
  ['win32', { file: 'tasklist', args: ['/fi', 'PID eq 4711', '/fo', 'csv', '/nh'] }],
] as const)('on %s a process is asked for by what the system has', (platform, command) => {
  expect(listing(platform, 4711)).toEqual(command);
});

it.each([
  ['"postgres.exe","4711","Console","1","17,000 K"', true],
  ['Ss   /opt/native/bin/postgres', true],
  ['Z    (postgres)', false],
  ['"node.exe","4711","Console","1","17,000 K"', false],
  ['INFO: No tasks are running which match the specified criteria.', false],
  ['', false],
])('%s: a server that runs: %s', (output, expected) => {
  expect(listsServer(output)).toBe(expected);
});

it('the programs of a server are found by what it was started with', async () => {
  using folder = temporaryFolder();
  expect(await programsOf(folder.path)).toBeUndefined();
  folder.write('postmaster.opts', '/opt/my files/native/bin/postgres "-D" "/data" "-c" "port=5010"\n');
  expect(await programsOf(folder.path)).toBe('/opt/my files/native/bin');
});
