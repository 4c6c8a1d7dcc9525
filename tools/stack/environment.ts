import { readDotEnv } from '../setup/dot-env.mjs';
import { runDirectoryOf } from '../setup/run-record.mjs';
import { ROOT } from './workspace.ts';

/** What the tools themselves take from the environment. The processes they start read theirs on their own. */
export interface Environment {
  /** `BALANZA_CONFIG`: the path of the topology file. */
  readonly topologyFile: string | undefined;
  /** `HOST`: the address that everything listens on, when it is not the topology's. */
  readonly host: string | undefined;
  /** `DATABASE_URL` is set: there is a PostgreSQL already, so none is embedded. */
  readonly ownDatabase: boolean;
  /** `JWT_SECRET`: what tokens are signed with, when it is not the development secret. */
  readonly jwtSecret: string | undefined;
  /** `ACCESS_LOG`: whether each request is logged, as `npm start` does unless told otherwise. */
  readonly accessLog: string;
  /** `STALL_TIMEOUT`: how long the event loop of a process may stand still, as it is written. */
  readonly stallTimeout: string | undefined;
  /** `BALANZA_RUN_DIR`: where launchers keep their records; a second stack beside this one has its own. */
  readonly runDirectory: string;
}

/**
 * Reads the environment, completed by the `.env` of this checkout if there is one: the only place in the tools that
 * does. A variable that is set but empty counts as not set, as it does in every process.
 */
export function readEnvironment(): Environment {
  for (const [name, value] of Object.entries(readDotEnv(ROOT) ?? {})) process.env[name] ??= value;
  return {
    topologyFile: valueOf('BALANZA_CONFIG'),
    host: valueOf('HOST'),
    ownDatabase: valueOf('DATABASE_URL') !== undefined,
    jwtSecret: valueOf('JWT_SECRET'),
    accessLog: valueOf('ACCESS_LOG') ?? 'true',
    stallTimeout: valueOf('STALL_TIMEOUT'),
    runDirectory: runDirectoryOf(ROOT, valueOf('BALANZA_RUN_DIR')),
  };
}

/** The environment of this process for one that it starts, with some variables of its own. */
export function environmentWith(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables };
}

function valueOf(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}
