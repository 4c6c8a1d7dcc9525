import { eventually, processOutput, temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exclusively } from './lock.mjs';

let folder: TemporaryFolder;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, 'setup.lock');
});

afterEach(() => {
  folder[Symbol.dispose]();
});

/** Takes the lock, and gives what it says meanwhile. */
async function take(): Promise<string> {
  return exclusively(file, async () => readFileSync(file, 'utf8'));
}

async function runningProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** A set-up that holds the lock until `go on` is there. */
function setUp() {
  const lock = JSON.stringify(new URL('lock.mjs', import.meta.url));
  const goOn = JSON.stringify(join(folder.path, 'go on'));
  const program = `
    import { existsSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    import { exclusively } from ${lock};
    await exclusively(${JSON.stringify(file)}, async () => {
      console.log('holds');
      while (!existsSync(${goOn})) await setTimeout(20);
    });`;
  const script = folder.write('bootstrap.mjs', program);
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { pid: child.pid ?? 0, child, ...processOutput(child) };
}

it.each([
  [
    'that an earlier process with the id of this one left behind, as in a container',
    () => String(process.pid),
  ],
  ['that is empty', () => ''],
  ['that was cut short', () => '\0\0\0'],
  ['that names no process', () => 'hello'],
  ['that names every process', () => '-1'],
  ['of a process that has ended', () => '4194304'],
])('a lock %s is taken over', async (_name, content) => {
  folder.write('setup.lock', content());
  expect(await take()).toBe(String(process.pid));
  expect(readdirSync(folder.path)).toEqual([]);
});

it('a lock whose number belongs to another program by now is taken over', async () => {
  await using other = await runningProcess();
  folder.write('setup.lock', String(other.pid));
  expect(await take()).toBe(String(process.pid));
});

it('a lock that another set-up holds is waited for', async () => {
  const holder = setUp();
  await eventually(() => expect(holder.output()).toBe('holds\n'));
  expect(readFileSync(file, 'utf8')).toBe(String(holder.pid));
  const waiting = spawn(process.execPath, [join(folder.path, 'bootstrap.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const waiter = processOutput(waiting);
  const waits = `Process ${holder.pid} is installing or building here; waiting for it.\n`;
  await eventually(() => expect(waiter.output()).toBe(waits));
  folder.write('go on', '');
  expect(await holder.ended).toEqual({ code: 0, output: 'holds\n' });
  expect(await waiter.ended).toEqual({ code: 0, output: `${waits}holds\n` });
  expect(existsSync(file)).toBe(false);
});

it('a lock whose holder was killed is taken over', async () => {
  const holder = setUp();
  await eventually(() => expect(holder.output()).toBe('holds\n'));
  holder.child.kill('SIGKILL');
  await holder.ended;
  expect(await take()).toBe(String(process.pid));
});
