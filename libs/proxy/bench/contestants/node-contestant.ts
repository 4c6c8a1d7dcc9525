import { createRequire } from 'node:module';
import { nodeCommand } from '../processes/command.ts';
import type { Contestant } from './contestant.ts';

interface NodeContestant {
  readonly name: string;
  readonly title: string;
  /** The package that is measured. */
  readonly packageName: string;
  readonly maxThreads?: number;
}

/** A contestant that is a process of Node, in the file `<name>.ts` beside this one. */
export function nodeContestant({ name, title, packageName, maxThreads = 1 }: NodeContestant): Contestant {
  return {
    name,
    title,
    version: versionOf(packageName),
    maxThreads,
    command: ({ port, backendPort, threads }) =>
      nodeCommand(new URL(`${name}.ts`, import.meta.url), [
        `${port}`,
        `http://127.0.0.1:${backendPort}`,
        `${threads}`,
      ]),
  };
}

function versionOf(packageName: string): string {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths(packageName)?.map((parent) => `${parent}/${packageName}/package.json`);
  for (const file of folder ?? []) {
    try {
      return (require(file) as { version: string }).version;
    } catch {
      // Not in this node_modules; the next one up may have it.
    }
  }
  throw new Error(`${packageName} is not installed: run npm install`);
}
