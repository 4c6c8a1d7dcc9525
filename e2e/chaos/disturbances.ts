import { findPostmaster } from '@balanza/postgres';
import { portsOf, type AppName } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { pidOf, type OwnStack } from '../src/own-stack.ts';

/** One thing that goes wrong. */
export interface Disturbance {
  readonly name: string;
  /** Whether a worker may lose what it runs by it. */
  readonly worker?: number;
  happen(): Promise<void>;
}

/** Longest that a process is stopped: longer than a lease. */
const MAX_STOP_MS = 8_000;

/** Everything that may go wrong with a system, each as likely as the next. */
export function disturbancesOf(stack: OwnStack, dataDirectory: string, random: () => number): Disturbance[] {
  const kill = (app: AppName, port: number): Disturbance => ({
    name: `kill -9 ${app}:${port}`,
    ...(app === 'worker' ? { worker: port } : {}),
    happen: async () => void process.kill(pidOf(stack.runDirectory, app, port), 'SIGKILL'),
  });
  const stop = (app: AppName, port: number): Disturbance => ({
    name: `SIGSTOP ${app}:${port}`,
    ...(app === 'worker' ? { worker: port } : {}),
    async happen() {
      const pid = pidOf(stack.runDirectory, app, port);
      process.kill(pid, 'SIGSTOP');
      await setTimeout(500 + random() * MAX_STOP_MS);
      process.kill(pid, 'SIGCONT');
    },
  });
  const each = (app: AppName, make: typeof kill) =>
    portsOf(stack.topology, app).map((port) => make(app, port));
  const postgres = (signal: 'SIGKILL' | 'SIGSTOP'): Disturbance => ({
    name: `${signal === 'SIGKILL' ? 'kill -9' : 'SIGSTOP'} PostgreSQL`,
    async happen() {
      const server = await findPostmaster(dataDirectory);
      if (server === undefined) throw new Error('PostgreSQL is not there');
      process.kill(server.pid, signal);
      if (signal === 'SIGKILL') return;
      await setTimeout(500 + random() * MAX_STOP_MS);
      process.kill(server.pid, 'SIGCONT');
    },
  });
  return [
    ...each('worker', kill),
    ...each('worker', kill),
    ...each('worker', stop),
    ...each('lb-workers', kill),
    ...each('lb-workers', stop),
    ...each('database', kill),
    postgres('SIGKILL'),
    postgres('SIGSTOP'),
  ];
}
