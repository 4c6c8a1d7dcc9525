import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { systemPackage } from './system-package.js';

/** Whether `nats-server` is on this machine. @throws Error where CI lacks it */
export function hasNatsServer(): boolean {
  return systemPackage('nats-server', spawnSync('nats-server', ['--version']).status === 0);
}

/** Starts a NATS server on a port of the loopback address. @param options such as `--user`, `a` */
export function startNatsServer(port: number, options: readonly string[] = []) {
  const child = spawn('nats-server', ['--addr', '127.0.0.1', '--port', String(port), ...options], {
    stdio: 'ignore',
  });
  return {
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
