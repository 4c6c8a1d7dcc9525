import { availableParallelism } from 'node:os';
import type { Command } from './command.ts';
import { findProgram } from './installed.ts';

const taskset = findProgram('taskset', '--version', /([\d.]+)/);

/** Whether processes can be kept on chosen cores here; elsewhere the figures depend on the scheduler. */
export const canPin = taskset !== undefined && availableParallelism() > 1;

/** The cores of a proxy: one for each of its threads, from the first on. */
export function proxyCores(threads: number): string {
  return rangeOf(0, threads - 1);
}

/** The cores of the load and the backend: as many as the proxy has, beside its own where the machine has so many. */
export function loadCores(threads: number): string {
  return availableParallelism() >= 2 * threads ? rangeOf(threads, 2 * threads - 1) : '1';
}

/** `command`, kept on `cores` where that is possible. It keeps its process id: taskset becomes the program. */
export function pinned(command: Command, cores: string): Command {
  if (taskset === undefined || !canPin) return command;
  return { ...command, file: taskset.file, args: ['-c', cores, command.file, ...command.args] };
}

function rangeOf(first: number, last: number): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
