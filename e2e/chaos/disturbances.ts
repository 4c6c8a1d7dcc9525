import { findPostmaster } from '@balanza/postgres';
import { portsOf, type AppName } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { pidOf, type OwnStack } from '../src/own-stack.ts';

/** One thing that can go wrong. */
export interface Disturbance {
  readonly kind: 'kill' | 'stop';
  /** As in `worker:5005`, or PostgreSQL. */
  readonly target: string;
  /** The port of the worker that may lose what it runs by it. */
  readonly worker?: number;
  /** @throws Error when the process is not there at the moment */
  happen(): Promise<void>;
}

/** One that has happened; times in ms since 1970. */
export interface Disturbed extends Pick<Disturbance, 'kind' | 'target' | 'worker'> {
  readonly from: number;
  readonly to: number;
}

export const POSTGRES = 'PostgreSQL';

/** Longest that a process is stopped: longer than a lease. */
const MAX_STOP_MS = 8_000;
const MIN_STOP_MS = 500;

/** Everything that may go wrong with a system, each as likely as the next. */
export function disturbancesOf(stack: OwnStack, dataDirectory: string, random: () => number): Disturbance[] {
  const postmaster = async () => {
    const server = await findPostmaster(dataDirectory);
    if (server === undefined) throw new Error('PostgreSQL is not there');
    return server.pid;
  };
  const kill = (pid: () => number | Promise<number>) => async () => void process.kill(await pid(), 'SIGKILL');
  const stop = (pid: () => number | Promise<number>) => async () => {
    const stopped = await pid();
    process.kill(stopped, 'SIGSTOP');
    await setTimeout(MIN_STOP_MS + random() * (MAX_STOP_MS - MIN_STOP_MS));
    process.kill(stopped, 'SIGCONT');
  };
  const each = (kind: Disturbance['kind'], app: AppName): Disturbance[] =>
    portsOf(stack.topology, app).map((port) => {
      const pid = () => pidOf(stack.runDirectory, app, port);
      return {
        kind,
        target: `${app}:${port}`,
        ...(app === 'worker' ? { worker: port } : {}),
        happen: kind === 'kill' ? kill(pid) : stop(pid),
      };
    });
  return [
    ...each('kill', 'worker'),
    ...each('kill', 'worker'),
    ...each('stop', 'worker'),
    ...each('kill', 'lb-workers'),
    ...each('stop', 'lb-workers'),
    ...each('kill', 'database'),
    { kind: 'kill', target: POSTGRES, happen: kill(postmaster) },
    { kind: 'stop', target: POSTGRES, happen: stop(postmaster) },
  ];
}
