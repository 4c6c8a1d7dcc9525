import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const MODULE = JSON.stringify(new URL('heartbeat.ts', import.meta.url));
const PROGRAM = `import(${MODULE}).then(({ startHeartbeat }) => { startHeartbeat(); setTimeout(() => {}, 60_000); })`;

function run(args: readonly string[], program: string) {
  const child = spawn(process.execPath, [...args, '-e', program], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return { child, ended: once(child, 'exit') };
}

it.each([
  ['', [], false],
  [', and that a debugger can be attached', ['--inspect=127.0.0.1:0'], true],
])('tells the parent again and again that the event loop turns%s', async (_name, args, debugged) => {
  const { child, ended } = run(args, PROGRAM);
  for (let beats = 0; beats < 2; beats++) {
    const [message] = (await once(child, 'message')) as unknown[];
    expect(message).toEqual({ type: 'balanza:heartbeat', debugged });
  }
  child.kill('SIGKILL');
  await ended;
});

it('keeps no process alive, also where the parent has gone', async () => {
  const { child, ended } = run([], `import(${MODULE}).then(({ startHeartbeat }) => startHeartbeat())`);
  await once(child, 'message');
  expect(await ended).toEqual([0, null]);

  const orphan = run(
    [],
    `import(${MODULE}).then(({ startHeartbeat }) => { startHeartbeat(); setTimeout(() => {}, 2_500); })`,
  );
  await once(orphan.child, 'message');
  orphan.child.disconnect();
  expect(await orphan.ended).toEqual([0, null]);
});

it('does nothing where there is no channel', async () => {
  const child = spawn(process.execPath, [
    '-e',
    `import(${MODULE}).then(({ startHeartbeat }) => startHeartbeat())`,
  ]);
  expect(await once(child, 'exit')).toEqual([0, null]);
});
