import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { userInfo } from 'node:os';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectionSettings } from './connection-settings.js';
import { DatabasePool } from './pool.js';

/** Variables of a shell that is set up for another server. */
const OF_THE_SHELL = {
  PGSSLMODE: 'prefer',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c default_transaction_read_only=on',
  PGHOST: 'db.example.org',
  PGPORT: '1',
  PGUSER: 'somebody',
  PGDATABASE: 'elsewhere',
  PGAPPNAME: 'shell',
  PGCLIENT_ENCODING: 'LATIN1',
  PGSERVICE: 'other',
};

beforeEach(() => {
  for (const [name, value] of Object.entries(OF_THE_SHELL)) vi.stubEnv(name, value);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What `pg` makes of the settings. */
function parametersOf(url: string) {
  const { host, port, user, database, ssl } = new pg.Client(connectionSettings(url));
  return { host, port, user, database, ssl };
}

describe('a connection to a URL goes by the URL alone', () => {
  it.each([
    ['postgres://me:pw@db:6000/tasks', { host: 'db', port: 6000, user: 'me', database: 'tasks', ssl: false }],
    ['postgres://me:pw@db/tasks', { host: 'db', port: 5432, user: 'me', database: 'tasks', ssl: false }],
    ['postgres://me@db', { host: 'db', port: 5432, user: 'me', database: 'me', ssl: false }],
    [
      'postgres://db',
      {
        host: 'db',
        port: 5432,
        user: userInfo().username,
        database: userInfo().username,
        ssl: false,
      },
    ],
    [
      'postgres://me@db/tasks?sslmode=no-verify',
      { host: 'db', port: 5432, user: 'me', database: 'tasks', ssl: { rejectUnauthorized: false } },
    ],
    [
      'postgres:///tasks?host=/run/postgresql&port=1234&user=me',
      { host: '/run/postgresql', port: 1234, user: 'me', database: 'tasks', ssl: false },
    ],
  ])('%s', (url, parameters) => {
    expect(parametersOf(url)).toEqual(parameters);
  });
});

describe('the embedded server and its clients', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    for (const [name, value] of Object.entries(OF_THE_SHELL)) vi.stubEnv(name, value);
    postgres = await startTestPostgres();
  });
  afterAll(() => postgres.close());

  it('get ready and store, whatever the shell says of other servers', async () => {
    const pool = new DatabasePool({
      url: postgres.url,
      applicationName: 'spec',
      size: 1,
      queueLimit: 1,
      queueTimeoutMs: 5_000,
      statementTimeoutMs: 5_000,
    });
    await pool.query('CREATE TABLE kept AS SELECT 42 AS answer');
    const { rows } = await pool.query(
      `SELECT answer, current_setting('application_name') AS name,
         current_setting('default_transaction_read_only') AS read_only, current_setting('client_encoding') AS encoding FROM kept`,
    );
    await pool.close();
    expect(rows).toEqual([{ answer: 42, name: 'spec', read_only: 'off', encoding: 'UTF8' }]);
  });
});
