import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLinesOf, commandOf } from './process-table.mjs';

/**
 * A process that a launcher started.
 *
 * @typedef {object} StartedReplica
 * @property {string} name such as `worker:5005`: an app and its port
 * @property {number} pid
 * @property {string} command its command line, by which a later reader knows that the id has not passed to another process
 */

/**
 * What one launcher has started, kept in a file so that it can be found when the launcher is gone.
 *
 * @typedef {object} RunRecord
 * @property {number} launcher
 * @property {string} [dataDirectory] the data directory of the PostgreSQL that its database service owns
 * @property {readonly StartedReplica[]} replicas
 */

const LAUNCHER = /tools[\\/](start|serve)\.ts/;

/**
 * Where launchers keep their records; a second stack beside this one has its own.
 *
 * @param {string} root the folder of the checkout
 * @param {string | undefined} setting `BALANZA_RUN_DIR`
 */
export function runDirectoryOf(root, setting) {
  return resolve(setting ?? join(root, '.balanza', 'run'));
}

/**
 * Replaces the record of `record.launcher` as a whole: a reader sees the old one or the new one.
 *
 * @param {string} directory
 * @param {RunRecord} record
 */
export function writeRecord(directory, record) {
  mkdirSync(directory, { recursive: true });
  const file = fileOf(directory, record.launcher);
  writeFileSync(`${file}.new`, JSON.stringify(record, undefined, 2));
  renameSync(`${file}.new`, file);
}

/**
 * Forgets the stack of this launcher, which has ended.
 *
 * @param {string} directory
 * @param {number} launcher
 */
export function removeRecord(directory, launcher) {
  rmSync(fileOf(directory, launcher), { force: true });
}

/**
 * The records of a stack, each with only those processes that still run.
 *
 * @param {string} directory
 * @returns {Promise<readonly RunRecord[]>}
 */
export async function readRecords(directory) {
  /** @type {string[]} */
  let names;
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  const records = names.map((name) => {
    const cutShort = { launcher: Number.parseInt(name, 10), replicas: [] };
    return parse(readFileSync(join(directory, name), 'utf8')) ?? cutShort;
  });
  const pids = records.flatMap(({ replicas }) => replicas.map(({ pid }) => pid));
  const commands = await commandLinesOf(pids);
  return records.map((record) => ({
    ...record,
    replicas: record.replicas.filter(({ pid, command }) => commands.get(pid)?.join(' ').trim() === command),
  }));
}

/**
 * Whether the launcher of a record still runs.
 *
 * @param {RunRecord} record
 */
export async function isLauncherAlive({ launcher }) {
  return LAUNCHER.test((await commandOf(launcher)) ?? '');
}

/**
 * What tells that a stack of this workspace runs on some of these ports already, and how to end it; `undefined` when none does.
 * It goes by the records of the launchers that run, so it also knows a stack that is not listening yet.
 *
 * @param {string} directory
 * @param {readonly number[]} ports
 */
export async function whatRunsAlready(directory, ports) {
  for (const record of await readRecords(directory)) {
    const replica = record.replicas.findLast(({ name }) => ports.includes(Number(name.split(':')[1])));
    if (replica === undefined || !(await isLauncherAlive(record))) continue;
    const [app, port] = replica.name.split(':');
    return `This workspace runs already; npm run stop ends it (launcher: process ${record.launcher}, ${app}: port ${port}).`;
  }
  return undefined;
}

/**
 * A file that a full disk or a loss of power cut short names nothing that could be ended.
 *
 * @param {string} text
 * @returns {RunRecord | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} directory
 * @param {number} launcher
 */
function fileOf(directory, launcher) {
  return join(directory, `${launcher}.json`);
}
