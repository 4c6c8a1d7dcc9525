import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './stack/workspace.ts';

function run(...[script = '', ...args]: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools', script), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.each([
  ['start', 'npm start'],
  ['stop', 'npm run stop'],
])('%s', (command, usage) => {
  it.each(['--help', '-h'])('says with %s how it is used, and does nothing', (help) => {
    expect(run('bootstrap.mjs', command, help)).toEqual({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`^Usage: ${usage}\n.+\n$`)),
      stderr: '',
    });
  });

  it.each([['worker'], ['--port', '1'], ['--help', 'me']])(
    'does nothing with what it does not know',
    (...args) => {
      expect(run('bootstrap.mjs', command, ...args)).toEqual({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(new RegExp(`^There is no argument .+\\.\nUsage: ${usage}\n.+\n$`)),
      });
    },
  );
});

it.each([
  [[], ''],
  [['gateway'], ''],
  [['worker', '--port=1'], 'There is no argument --port=1.\n'],
])('serve does nothing with %j', (args, problem) => {
  expect(run('serve.ts', ...args)).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^${problem}Usage: npx nx serve <app>, .+, worker\\b.*\n$`)),
  });
});

it.each(['--help', '-h'])('token says with %s how it is used, and prints no token', (help) => {
  expect(run('bootstrap.mjs', 'token', help)).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^Usage: npm run -s token -- .+\n$/),
    stderr: '',
  });
});
