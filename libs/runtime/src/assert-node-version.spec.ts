import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeVersionProblem, OLDEST_NODE } from './assert-node-version.js';

const process20 = {
  versions: { ...process.versions, node: '20.20.2' },
  argv: ['/usr/bin/node', '/home/me/balanza/apps/api-gateway/dist/main.js', '--name'],
  execArgv: ['--max-semi-space-size=4'],
};

describe('a Node that is too old', () => {
  it('is named, with the one that is needed and what to type', () => {
    expect(nodeVersionProblem(process20, '/home/me/balanza')).toBe(
      'Balanza needs Node 26 or newer, and this is Node 20.20.2; type instead: ' +
        'npx node --max-semi-space-size=4 apps/api-gateway/dist/main.js --name',
    );
  });

  it('ends the process, on that sentence alone', () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [`--import=data:text/javascript,${encodeURIComponent(pretend)}`, 'src/assert-node-version.ts'],
      { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' },
    );
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^Balanza needs Node 26 .+ src\/assert-node-version\.ts\n$/),
    ]);
  });
});

it.each(['26.0.0', '26.10.0', '30.1.0-nightly'])('Node %s will do', (node) => {
  expect(nodeVersionProblem({ ...process20, versions: { ...process.versions, node } }, '/')).toBeUndefined();
});

it('package.json asks for the same Node', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(manifest.engines).toEqual({ node: `>=${OLDEST_NODE}` });
});
