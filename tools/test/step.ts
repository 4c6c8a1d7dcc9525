import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endTree } from '../setup/interruption.mjs';
import { ROOT } from '../stack/workspace.ts';

/** One part of `npm test`. */
export interface Step {
  readonly name: string;
  readonly command: string;
}

/** How a step is run. */
export interface StepOptions {
  /** Ends the step. */
  readonly abort: AbortSignal;
  /** The environment of the step; that of this process unless given. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a step, and shows what it prints as it comes.
 *
 * @returns whether it succeeded, and all that it printed
 */
export async function runStep(
  { command }: Step,
  { abort, env }: StepOptions,
): Promise<{ ok: boolean; output: string }> {
  // In a group of its own: a shell keeps a signal to itself, so the group is told, and is told once.
  const child = spawn(command, {
    cwd: ROOT,
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(env === undefined ? {} : { env }),
  });
  const end = () => endTree(child, 'SIGINT');
  abort.addEventListener('abort', end, { once: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  abort.removeEventListener('abort', end);
  return { ok: code === 0, output };
}
