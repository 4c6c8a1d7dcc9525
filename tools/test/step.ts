import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../stack/workspace.ts';

/** One part of `npm test`. */
export interface Step {
  readonly name: string;
  readonly command: string;
}

/**
 * Runs a step, and shows what it prints as it comes.
 *
 * @param signal ends the step
 * @returns whether it succeeded, and all that it printed
 */
export async function runStep(
  { command }: Step,
  signal: AbortSignal,
): Promise<{ ok: boolean; output: string }> {
  const child = spawn(command, { cwd: ROOT, shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  // The terminal, or the bootstrap, tells the child as well; it gets the time to clean up.
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { ok: code === 0, output };
}
