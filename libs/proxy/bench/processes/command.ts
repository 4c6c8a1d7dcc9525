import { fileURLToPath } from 'node:url';

/** A program and what it is started with. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Environment variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A TypeScript file of this benchmark, run by the Node that runs this one. */
export function nodeCommand(file: URL, args: readonly string[]): Command {
  return { file: process.execPath, args: [fileURLToPath(file), ...args] };
}
