import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as util from 'node:util';
import { portConflicts } from './ports.mjs';

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
 * a topology file may name other ports. What this checkout itself runs, or has left behind, is for the launcher to
 * judge.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
export async function earlyPortConflicts(root, environment) {
  const settings = withFile(root, environment);
  if (settings === undefined || isSet(settings['BALANZA_CONFIG'])) return [];
  return portConflicts(defaultPorts(settings), root, (_port, holder) => holder?.workspace === root);
}

/**
 * The ports that the stack needs when no topology file says otherwise.
 *
 * @param {NodeJS.ProcessEnv} settings
 * @returns {import('./ports.mjs').NeededPort[]}
 */
export function defaultPorts({ HOST, DATABASE_URL }) {
  const host = HOST !== undefined && isSet(HOST) ? HOST : '127.0.0.1';
  return DEFAULT_PORTS.filter(([role]) => role !== POSTGRES || !isSet(DATABASE_URL)).flatMap(
    ([role, ...ports]) => ports.map((port) => ({ role, port, host: role === POSTGRES ? '127.0.0.1' : host })),
  );
}

/**
 * The environment completed by `.env`; `undefined` when there is one and this Node cannot read it (before 20.12).
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
function withFile(root, environment) {
  let text;
  try {
    text = readFileSync(join(root, '.env'), 'utf8');
  } catch {
    return environment;
  }
  return typeof util.parseEnv === 'function' ? { ...util.parseEnv(text), ...environment } : undefined;
}

/** @param {string | undefined} value */
function isSet(value) {
  return value !== undefined && value.trim() !== '';
}
