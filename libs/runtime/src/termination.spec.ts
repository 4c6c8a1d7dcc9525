import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { signalsFor, type EndOrder } from './termination.js';

const MODULE = JSON.stringify(new URL('termination.ts', import.meta.url));
const LISTENS = `import(${MODULE}).then(({ listenForTermination }) => {
  const told = listenForTermination();
  told.addEventListener('abort', () => { console.log(told.reason); process.exit(0); });`;

function run(program: string) {
  const child = spawn(process.execPath, ['-e', `${LISTENS}${program}})`], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, ended: once(child, 'close').then(([code, signal]) => ({ code, signal, output })) };
}

describe('the process that started this one', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends it by a message as %s does', async (signal) => {
    const { child, ended } = run('setInterval(() => {}, 1000);');
    child.send({ type: 'balanza:end' });
    child.send({ type: 'balanza:end', signal: 'SIGKILL' });
    child.send({ type: 'balanza:end', signal } satisfies EndOrder);
    expect(await ended).toEqual({ code: 0, signal: null, output: `${signal}\n` });
  });

  it('does not keep it alive', async () => {
    expect(await run('').ended).toEqual({ code: 0, signal: null, output: '' });
  });
});

describe('the signals that a process goes by', () => {
  it.each([
    ['linux', true, ['SIGTERM', 'SIGINT'], []],
    ['linux', false, ['SIGTERM', 'SIGINT'], []],
    ['darwin', true, ['SIGTERM', 'SIGINT'], []],
    ['win32', false, ['SIGINT', 'SIGBREAK', 'SIGHUP'], []],
    ['win32', true, [], ['SIGINT', 'SIGBREAK', 'SIGHUP']],
  ] as const)('on %s, with a launcher: %s', (platform, hasLauncher, heeded, ignored) => {
    expect(signalsFor(platform, hasLauncher)).toEqual({ heeded, ignored });
  });
});
