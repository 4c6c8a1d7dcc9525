import { eventually } from '@balanza/testing';
import { PATHS } from '../scenarios.ts';
import type { Command } from './command.ts';
import type { Started } from './processes.ts';

/**
 * Waits until `process` gives the small answer on `port`.
 *
 * @throws Error with what the process printed, when it does not within 10 s
 */
export async function untilReady(process: Started, { file, args }: Command, port: number): Promise<void> {
  await eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}${PATHS.small}`);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`answers ${response.status}`);
  }).catch((error: unknown) => {
    const state = process.hasEnded() ? 'ended' : 'does not answer';
    throw new Error(`${[file, ...args].join(' ')} ${state}: ${process.output()}`, { cause: error });
  });
}
