/**
 * What `npm start`, `npm test`, `npm run stop` and `npm run token` call. It runs on the machine's own Node, before
 * anything is installed, so it and `setup/` use nothing but Node's built-in modules and what Node 20 understands.
 * It installs and builds what is missing, then hands over to the pinned Node.
 */
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { earlyPortConflicts } from './setup/default-ports.mjs';
import { install, pinnedNode, reasonToInstall } from './setup/installation.mjs';
import { exclusively } from './setup/lock.mjs';
import { handOver, run } from './setup/run.mjs';

const OLDEST_NODE = 20;
const HELP = new Set(['--help', '-h', 'help']);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The script behind each command, the projects that have to be built before it, and, of one that takes no arguments,
 * how it is used.
 *
 * @type {Record<string, { script: string; build: string[]; usage?: string }>}
 */
const COMMANDS = {
  start: {
    script: 'tools/start.ts',
    build: ['tag:layer:app'],
    usage:
      'Usage: npm start\nInstalls and builds what is missing, and runs all processes until Ctrl-C. It takes no arguments; ' +
      'settings are environment variables, or in .env: see docs/configuration.md.',
  },
  test: { script: 'tools/test.ts', build: ['postgres'] },
  stop: {
    script: 'tools/stop.ts',
    build: ['postgres'],
    usage:
      'Usage: npm run stop\nEnds what npm start and npx nx serve of this folder run. It takes no arguments.',
  },
  token: { script: 'tools/token.ts', build: ['auth'] },
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
  const conflicts = name === 'start' ? await earlyPortConflicts(root, process.env) : [];
  if (conflicts.length > 0) throw new Error([...conflicts, 'Nothing was started.'].join('\n'));
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
  };
  await exclusively(join(root, '.balanza', 'setup.lock'), async () => {
    const reason = reasonToInstall(root);
    if (reason !== undefined) {
      process.stderr.write(`Installing, as ${reason} (the first time takes a minute or so)\n`);
      await install(root);
    }
    if (command.build.length > 0) {
      const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
      const build = ['run-many', '-t', 'build', '-p', command.build.join(',')];
      await run(pinnedNode(root), [nx, ...build], { cwd: root, env, quiet: name !== 'start' });
    }
  });
  await handOver(pinnedNode(root), [join(root, command.script), ...args], { cwd: root, env });
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
