import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What a process printed, on both ways, and how it ended. */
export interface ProcessEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** Collects what a process prints from now on, until it ends. */
export function processOutput(child: ChildProcessByStdio<null, Readable, Readable>) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended: Promise<ProcessEnd> = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? null,
    output,
  }));
  return { ended, output: () => output };
}
