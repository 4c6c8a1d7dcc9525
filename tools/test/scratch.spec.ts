import { eventually, freePorts } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../stack/workspace.ts';
import { createScratch, removeScratch } from './scratch.ts';

async function expectListening(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}

const expectNobody = (port: number) => expect(expectListening(port)).rejects.toThrow('ECONNREFUSED');

it('a scratch folder is gone afterwards, whatever is in it', async () => {
  const folder = createScratch();
  mkdirSync(join(folder, 'a', 'run'), { recursive: true });
  writeFileSync(join(folder, 'a', 'run', 'text'), 'text');
  await removeScratch(folder);
  expect(existsSync(folder)).toBe(false);
});

it('takes along a PostgreSQL whose test was killed', async () => {
  const folder = createScratch();
  const [port = 0] = await freePorts(1);
  const options = JSON.stringify({ dataDirectory: join(folder, 'test', 'data'), port });
  const program = `
    import { EmbeddedServer } from '@balanza/postgres';
    await new EmbeddedServer(${options}).start();
    console.log('started');`;
  const test = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT });
  await once(test.stdout, 'data');
  test.kill('SIGKILL');
  await once(test, 'close');
  await expectListening(port);
  await removeScratch(folder);
  await expectNobody(port);
  expect(existsSync(folder)).toBe(false);
});

it('takes along a stack whose launcher was killed', async () => {
  const folder = createScratch();
  mkdirSync(join(folder, 'e2e'));
  const [port = 0] = await freePorts(1);
  const topology = join(folder, 'e2e', 'topology.json');
  writeFileSync(topology, JSON.stringify({ apps: { microservice: [{ port }] } }));
  const launcher = spawn(process.execPath, [join(ROOT, 'tools', 'serve.ts'), 'microservice'], {
    env: { ...process.env, BALANZA_CONFIG: topology, BALANZA_RUN_DIR: join(folder, 'e2e', 'run') },
    stdio: 'ignore',
  });
  await eventually(() => expectListening(port), 15_000);
  launcher.kill('SIGKILL');
  await once(launcher, 'close');
  await removeScratch(folder);
  await expectNobody(port);
  expect(existsSync(folder)).toBe(false);
});
