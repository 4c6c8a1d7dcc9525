/**
 * Imported for what it does, by the first line of each app's `main.ts`: on a Node that is too old, the process ends
 * here with one sentence, before anything is evaluated that would fail on it in a way of its own.
 */
import { relative } from 'node:path';

/** The oldest major version of Node that runs the apps; also in `engines` of package.json. */
export const OLDEST_NODE = 26;

/** What to tell who runs an older Node than {@link OLDEST_NODE}, in one sentence; `undefined` when it is new enough. */
export function nodeVersionProblem(
  { versions, argv, execArgv }: Pick<NodeJS.Process, 'versions' | 'argv' | 'execArgv'>,
  directory: string,
): string | undefined {
  if (Number(versions.node.split('.')[0]) >= OLDEST_NODE) return undefined;
  const [, script = '', ...args] = argv;
  const command = ['npx node', ...execArgv, relative(directory, script), ...args].join(' ');
  return `Balanza needs Node ${OLDEST_NODE} or newer, and this is Node ${versions.node}; type instead: ${command}`;
}

const problem = nodeVersionProblem(process, process.cwd());
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
