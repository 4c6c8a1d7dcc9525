import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import { Daemon } from './daemon.js';
import { EmbeddedServerError } from './errors.js';
import { runProgram, type Installation } from './program.js';
import { EMBEDDED_DATABASE, EMBEDDED_PASSWORD, EMBEDDED_ROLE } from './url.js';

const CREATE_DATABASE = [
  `CREATE ROLE ${EMBEDDED_ROLE} LOGIN PASSWORD '${EMBEDDED_PASSWORD}'`,
  `CREATE DATABASE ${EMBEDDED_DATABASE} OWNER ${EMBEDDED_ROLE}`,
];

const INITDB = ['--no-instructions', '-U', 'postgres', '-E', 'UTF8', '--locale=C'] as const;

/**
 * Makes a cluster with our role and database, by a server process that nothing can connect to.
 *
 * @throws EmbeddedServerError with what the program said that failed
 */
export async function initializeAlone(installation: Installation): Promise<void> {
  await expectSuccess(runProgram(installation, 'initdb', [...INITDB, '-A', 'trust']));
  const statements = [...CREATE_DATABASE, ''].join('\n');
  await expectSuccess(
    runProgram(installation, 'postgres', ['--single', '-c', 'exit_on_error=on', 'postgres'], statements),
  );
}

/**
 * The same, by a server that runs for that time on any free port of loopback, with a password that only this process knows. On Windows
 * there is no other way for administrators: `postgres` refuses them, and only `initdb` and `pg_ctl` give their rights up first
 * (PostgreSQL, src/common/restricted_token.c).
 *
 * @throws EmbeddedServerError with what the program said that failed, or what the server answered
 */
export async function initializeByServer(installation: Installation): Promise<void> {
  const { dataDirectory, runAs } = installation;
  const password = randomBytes(24).toString('hex');
  const passwordFile = `${dataDirectory}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (runAs !== undefined) await chown(passwordFile, runAs.uid, runAs.gid);
    await expectSuccess(
      runProgram(installation, 'initdb', [...INITDB, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]),
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  const port = await freePort();
  const daemon = new Daemon(installation, port);
  await daemon.launch();
  try {
    await execute(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, [
      ...CREATE_DATABASE,
      'ALTER ROLE postgres PASSWORD NULL',
    ]);
  } finally {
    await daemon.shutDown();
  }
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(connectionSettings(url));
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } catch (error) {
    throw new EmbeddedServerError(`The embedded PostgreSQL cannot be set up: ${String(error)}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function expectSuccess(program: ReturnType<typeof runProgram>): Promise<void> {
  const { code, output } = await program;
  if (code !== 0) throw new EmbeddedServerError(`The embedded PostgreSQL cannot be set up: ${output}`);
}
