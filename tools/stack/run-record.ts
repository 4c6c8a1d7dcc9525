import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from './process-table.ts';

/** A process that a launcher started. */
export interface StartedReplica {
  readonly name: string;
  readonly pid: number;
  /** Its command line, by which a later reader knows that the id has not passed to somebody else. */
  readonly command: string;
}

/** What one launcher has started, kept in a file so that it can be found when the launcher is gone. */
export interface RunRecord {
  readonly launcher: number;
  /** The data directory of the PostgreSQL that its database service owns. */
  readonly dataDirectory?: string;
  readonly replicas: readonly StartedReplica[];
}

const LAUNCHER = /tools[\\/](start|serve)\.ts/;

/** Replaces the record of `record.launcher` as a whole: a reader sees the old one or the new one. */
export function writeRecord(directory: string, record: RunRecord): void {
  mkdirSync(directory, { recursive: true });
  const file = fileOf(directory, record.launcher);
  writeFileSync(`${file}.new`, JSON.stringify(record, undefined, 2));
  renameSync(`${file}.new`, file);
}

/** Forgets the stack of this launcher, which has ended. */
export function removeRecord(directory: string, launcher: number): void {
  rmSync(fileOf(directory, launcher), { force: true });
}

/** The records of a stack, each with only those processes that still run. */
export async function readRecords(directory: string): Promise<readonly RunRecord[]> {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return Promise.all(
    names.map(async (name) => {
      const record = JSON.parse(readFileSync(join(directory, name), 'utf8')) as RunRecord;
      const commands = await Promise.all(record.replicas.map(({ pid }) => commandOf(pid)));
      return { ...record, replicas: record.replicas.filter(({ command }, at) => commands[at] === command) };
    }),
  );
}

/** Whether the launcher of a record still runs. */
export async function isLauncherAlive({ launcher }: RunRecord): Promise<boolean> {
  return LAUNCHER.test((await commandOf(launcher)) ?? '');
}

function fileOf(directory: string, launcher: number): string {
  return join(directory, `${launcher}.json`);
}
