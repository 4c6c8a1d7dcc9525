import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDotEnv } from './dot-env.mjs';
import { portConflicts } from './ports.mjs';
import { isAlive } from './process-table.mjs';
import { runDirectoryOf, whatRunsAlready } from './run-record.mjs';

const POSTGRES = 'database, PostgreSQL';

/**
 * The ports of the built-in topology, which cannot be asked before anything is installed.
 *
 * @type {readonly (readonly [role: string, ...ports: number[]])[]}
 */
const DEFAULT_PORTS = [
  ['database', 5002],
  ['cache', 5004],
  ['microservice', 5001, 5007, 5008],
  ['worker', 5005, 5009],
  ['lb-microservices', 8001],
  ['lb-workers', 8002],
  ['api-gateway', 5000, 5003, 5006],
  ['load-balancer', 8000],
  ['lb-workers, load reports', 8012],
  [POSTGRES, 5010],
];

/**
 * What would keep the stack from listening once it is installed and built, as far as can be told before: nothing where
 * a topology file may name other ports. A stack of this checkout that runs is named as a whole; what an earlier one has left behind
 * is for the launcher to end or to adopt.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
export async function earlyPortConflicts(root, environment) {
  const settings = settingsOf(root, environment);
  if (settings === undefined || valueOf(settings['BALANZA_CONFIG']) !== undefined) return [];
  const needed = defaultPorts(settings);
  const runDirectory = runDirectoryOf(root, valueOf(settings['BALANZA_RUN_DIR']));
  const running = await whatRunsAlready(
    runDirectory,
    needed.map(({ port }) => port),
  );
  if (running !== undefined) return [running];
  const postgres = portOfOwnPostgres(root);
  return portConflicts(needed, root, (port, holder) => port === postgres || holder?.workspace === root);
}

/**
 * The port of the PostgreSQL that this checkout's stack has left running. Its own file tells (PostgreSQL,
 * src/include/utils/pidfile.h) where `/proc` tells nothing of the processes of other users, as to root in a container.
 *
 * @param {string} root
 */
function portOfOwnPostgres(root) {
  try {
    const file = readFileSync(join(root, '.balanza', 'postgres', 'postmaster.pid'), 'utf8');
    const [pid, , , port] = file.split('\n').map(Number);
    return pid !== undefined && isAlive(Math.abs(pid)) ? port : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The ports that the stack needs when no topology file says otherwise.
 *
 * @param {NodeJS.ProcessEnv} settings
 * @returns {import('./ports.mjs').NeededPort[]}
 */
export function defaultPorts({ HOST, DATABASE_URL }) {
  const host = valueOf(HOST) ?? '127.0.0.1';
  return DEFAULT_PORTS.filter(([role]) => role !== POSTGRES || valueOf(DATABASE_URL) === undefined).flatMap(
    ([role, ...ports]) => ports.map((port) => ({ role, port, host: role === POSTGRES ? '127.0.0.1' : host })),
  );
}

/**
 * The environment completed by `.env`; `undefined` when this Node cannot read that.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
export function settingsOf(root, environment) {
  const settings = readDotEnv(root);
  return settings === undefined ? undefined : { ...settings, ...environment };
}

/**
 * A variable that is set but empty counts as not set.
 *
 * @param {string | undefined} value
 */
function valueOf(value) {
  return value === undefined || value.trim() === '' ? undefined : value;
}
