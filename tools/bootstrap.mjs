/**
 * What `npm start`, `npm test`, `npm run stop` and `npm run token` call. It runs on the machine's own Node, before
 * anything is installed, so it and `setup/` use nothing but Node's built-in modules and what Node 20 understands.
 * It installs and builds what is missing, then hands over to the pinned Node.
 */
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { earlyPortConflicts, settingsOf } from './setup/default-ports.mjs';
import { environmentProblems, thisEnvironment } from './setup/environment-problems.mjs';
import { install, reasonToInstall } from './setup/installation.mjs';
import { exitOnInterruption } from './setup/interruption.mjs';
import { exclusively } from './setup/lock.mjs';
import { directLoopback } from './setup/loopback.mjs';
import { reasonNotWritable } from './setup/owner.mjs';
import { pinnedNode, reasonNodeFails } from './setup/pinned-node.mjs';
import { handOver, run } from './setup/run.mjs';

const OLDEST_NODE = 20;
const HELP = new Set(['--help', '-h', 'help']);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The script behind each command, what it needs, and, of one that takes no arguments, how it is used.
 *
 * @typedef {object} Command
 * @property {string} script
 * @property {'node' | 'packages' | 'apps'} needs the pinned Node alone, whatever else is there; what the lock file names; and that
 *   the apps are built
 * @property {string} [usage]
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  start: {
    script: 'tools/start.ts',
    needs: 'apps',
    usage:
      'Usage: npm start\nInstalls and builds what is missing, and runs all processes until Ctrl-C. It takes no arguments; ' +
      'settings are environment variables, or in .env: see docs/configuration.md.',
  },
  test: { script: 'tools/test.ts', needs: 'packages' },
  stop: {
    script: 'tools/stop.ts',
    needs: 'node',
    usage:
      'Usage: npm run stop\nEnds what npm start and npx nx serve of this folder run. It takes no arguments.',
  },
  token: { script: 'tools/token.ts', needs: 'packages' },
};

/** @param {string[]} argv */
async function main([name = '', ...args]) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) {
    throw new Error(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or newer.`);
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new Error(`Unknown command "${name}"; there are: ${Object.keys(COMMANDS).join(', ')}.`);
  }
  if (command.usage !== undefined && args.length > 0) {
    const unknown = args.find((arg) => !HELP.has(arg));
    if (unknown !== undefined) throw new Error(`There is no argument ${unknown}.\n${command.usage}`);
    process.stdout.write(`${command.usage}\n`);
    return;
  }
  const obstacles = name === 'start' ? await obstaclesToStart() : [];
  if (obstacles.length > 0) throw new Error([...obstacles, 'Nothing was started.'].join('\n'));
  const env = {
    ...process.env,
    ...directLoopback(process.env),
    PATH: [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
  };
  const handOverSignals = exitOnInterruption();
  await setUp(command, env);
  handOverSignals();
  await handOver(pinnedNode(root), [join(root, command.script), ...args], { cwd: root, env });
}

/** What would keep the stack from starting, as far as it can be told before anything is installed. */
async function obstaclesToStart() {
  const problems = environmentProblems(thisEnvironment(settingsOf(root, process.env) ?? process.env));
  return [...problems, ...(await earlyPortConflicts(root, process.env))];
}

/**
 * Installs and builds what is missing of what the command needs.
 *
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} env
 */
async function setUp({ needs }, env) {
  const missing = () =>
    needs === 'node' && reasonNodeFails(root) === undefined ? undefined : reasonToInstall(root);
  // What needs nothing waits for no other set-up: a stack can be stopped while the next one is being built.
  if (needs !== 'apps' && missing() === undefined) return;
  const notWritable = reasonNotWritable(root);
  if (notWritable !== undefined) throw new Error(notWritable);
  await exclusively(join(root, '.balanza', 'setup.lock'), async () => {
    const reason = missing();
    if (reason !== undefined) {
      process.stderr.write(`Installing, as ${reason} (the first time takes a minute or so)\n`);
      await install(root);
    }
    if (needs !== 'apps') return;
    const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
    await run(pinnedNode(root), [nx, 'run-many', '-t', 'build', '-p', 'tag:layer:app'], { cwd: root, env });
  });
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
