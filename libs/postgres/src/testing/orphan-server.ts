import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Lets Node run the sources as they are: they name each other by what they are compiled to. */
const SOURCE_NAMES = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(name, context, next) {
    const ours = name.startsWith('.') && !context.parentURL?.includes('/node_modules/');
    return next(ours ? name.replace(/js$/, 'ts') : name, context);
  },
});`;

/** Leaves a server behind as `kill -9` of its owner does: a process starts it and is killed. */
export async function orphanServer(dataDirectory: string, port: number): Promise<void> {
  const source = JSON.stringify(new URL('../embedded-server.ts', import.meta.url));
  const options = JSON.stringify({ dataDirectory, port });
  const program = `
    const { EmbeddedServer } = await import(${source});
    await new EmbeddedServer(${options}).start();
    console.log('started');`;
  const preload = `data:text/javascript,${encodeURIComponent(SOURCE_NAMES)}`;
  const owner = spawn(process.execPath, ['--import', preload, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(owner, 'close');
  await Promise.race([once(owner.stdout, 'data'), ended]);
  owner.kill('SIGKILL');
  await ended;
}
