import { freePorts } from '@balanza/testing';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nginxBackend } from './backend/nginx-backend.ts';
import type { Contestant } from './contestants/contestant.ts';
import { nginxProgram } from './contestants/nginx-command.ts';
import { type Command, nodeCommand } from './processes/command.ts';
import { loadCores, proxyCores } from './processes/cores.ts';
import type { Processes, Started } from './processes/processes.ts';
import { untilReady } from './processes/ready.ts';

/** A contestant that runs. */
export interface Runner {
  readonly contestant: Contestant;
  readonly port: number;
  readonly process: Started;
}

/** The contestants, running side by side in front of one backend. */
export interface Field {
  readonly runners: readonly Runner[];
  /** Ends them all. */
  stop(): Promise<void>;
}

/**
 * Starts a backend, and in front of it each of `contestants` with `threads` threads.
 *
 * @param folder existing and empty
 * @throws Error when one of them does not answer
 */
export async function startField(
  processes: Processes,
  contestants: readonly Contestant[],
  threads: number,
  folder: string,
): Promise<Field> {
  const [backendPort = 0, ...ports] = await freePorts(contestants.length + 1);
  const started: Started[] = [];
  const start = async (command: Command, cores: string, port: number) => {
    const process = await processes.start(command, cores);
    started.push(process);
    await untilReady(process, command, port);
    return process;
  };
  const stop = async () => {
    await Promise.all(started.map(({ pid }) => processes.stop(pid)));
  };
  try {
    await start(backendCommand(backendPort, subfolder(folder, 'backend')), loadCores(threads), backendPort);
    const runners: Runner[] = [];
    for (const [index, contestant] of contestants.entries()) {
      const port = ports[index] ?? 0;
      const place = { port, backendPort, threads, folder: subfolder(folder, contestant.name) };
      runners.push({
        contestant,
        port,
        process: await start(contestant.command(place), proxyCores(threads), port),
      });
    }
    return { runners, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function backendCommand(port: number, folder: string): Command {
  return nginxProgram === undefined
    ? nodeCommand(new URL('backend/node-backend.ts', import.meta.url), [`${port}`])
    : nginxBackend(nginxProgram.file, port, folder);
}

function subfolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}
