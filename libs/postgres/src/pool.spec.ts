import { eventually, freePorts } from '@balanza/testing';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseUnavailableError, PoolBusyError } from './errors.js';
import { DatabasePool, type DatabasePoolOptions } from './pool.js';
import { embeddedDatabaseUrl } from './url.js';

let postgres: TestPostgres;
const pools: DatabasePool[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(async () => {
  await postgres.close();
});

/** Forwards to a PostgreSQL, until the connections of that moment are to say nothing more. */
async function startStallingProxy(to: number) {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(to, '127.0.0.1');
    for (const [from, into] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => into.destroy());
      from.pipe(into);
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    stall: () => {
      for (const socket of sockets) socket.unpipe();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function newPool(options: Partial<DatabasePoolOptions> = {}): DatabasePool {
  const pool = new DatabasePool({
    url: postgres.url,
    applicationName: 'test',
    size: 1,
    queueLimit: 1,
    queueTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    ...options,
  });
  pools.push(pool);
  return pool;
}

describe('a database pool', () => {
  it.each([
    [{ queueTimeoutMs: 30 * 86_400_000 }, 'queueTimeoutMs is 2592000000'],
    [{ queueTimeoutMs: Infinity }, 'queueTimeoutMs is Infinity'],
    [{ queueTimeoutMs: Number.NaN }, 'queueTimeoutMs is NaN'],
    [{ statementTimeoutMs: 0 }, 'statementTimeoutMs + answerGraceMs is 0'],
    [{ statementTimeoutMs: 2 ** 31 }, 'statementTimeoutMs + answerGraceMs is 2147483648'],
  ])('refuses %j, which no timer waits for', (options, error) => {
    expect(() => newPool(options)).toThrow(`${error}; it must be from 1 to 2147423647 milliseconds`);
  });

  it('answers a statement with its rows', async () => {
    const { rows } = await newPool().query('SELECT $1::int + 1 AS sum', [1]);
    expect(rows).toEqual([{ sum: 2 }]);
  });

  it('prepares a named statement once, and commits to disk whatever the server is set to', async () => {
    const pool = newPool();
    for (let n = 0; n < 2; n++) await pool.query('SELECT $1::int', [n], 'once');
    const { rows } = await pool.query(
      "SELECT name, generic_plans + custom_plans AS runs, current_setting('synchronous_commit') AS commit FROM pg_prepared_statements",
    );
    expect(rows).toEqual([{ name: 'once', runs: '2', commit: 'on' }]);
  });

  it('refuses a statement at once when connections and queue are full, and serves the others', async () => {
    const pool = newPool();
    const served = [pool.query('SELECT pg_sleep(0.2)'), pool.query('SELECT 1 AS one')];
    await expect(pool.query('SELECT 2')).rejects.toBeInstanceOf(PoolBusyError);
    expect((await Promise.all(served)).map(({ rowCount }) => rowCount)).toEqual([1, 1]);
  });

  it('gives up on a statement that waits too long for a connection', async () => {
    const pool = newPool({ queueTimeoutMs: 100 });
    await pool.check();
    const slow = pool.query('SELECT pg_sleep(0.5)');
    await expect(pool.query('SELECT 1')).rejects.toBeInstanceOf(PoolBusyError);
    await slow;
  });

  it('ends a statement that takes too long, and the connection is usable again', async () => {
    const pool = newPool({ statementTimeoutMs: 100 });
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await pool.check();
  });

  it('replaces a connection on which nothing comes any more', async () => {
    await using stalling = await startStallingProxy(postgres.port);
    const url = new URL(postgres.url);
    url.port = String(stalling.port);
    const pool = newPool({ url: url.href, statementTimeoutMs: 100, answerGraceMs: 100 });
    await pool.check();
    stalling.stall();
    await expect(pool.check()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await pool.check();
  });

  it.each([
    ['25006', 'The database is read-only now; try again later', 5],
    ['53100', 'The disk of the database is full; try again later', 5],
    ['53200', 'The database is out of resources now; try again', 1],
    ['53300', 'The database is out of resources now; try again', 1],
    ['55P03', 'The database did not answer in time; try again', 1],
    ['57014', 'The database did not answer in time; try again', 1],
    ['25P04', 'The database did not answer in time; try again', 1],
    ['58030', 'The database cannot use its files now; try again later', 5],
    ['28P01', 'The database rejects connections of this service; try again later', 5],
    ['57P01', 'The database cannot be reached now; try again', 1],
    ['57P02', 'The database cannot be reached now; try again', 1],
    ['57P03', 'The database cannot be reached now; try again', 1],
    ['57P05', 'The database cannot be reached now; try again', 1],
    ['08006', 'The database cannot be reached now; try again', 1],
    ['40P01', 'The database had too many changes at once; try again', 1],
  ])('says of SQLSTATE %s that it will pass', async (code, message, retryAfterSeconds) => {
    const fail = `DO $$ BEGIN RAISE EXCEPTION 'the reason' USING ERRCODE = '${code}'; END $$`;
    const error = await newPool()
      .query(fail)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ code, message, retryAfterSeconds, detail: `${message} (the reason)` });
  });

  it.each(['22P02', '23505', '42501', '42P01', '54000', 'XX000'])(
    'leaves an error with SQLSTATE %s as it is',
    async (code) => {
      const fail = `DO $$ BEGIN RAISE EXCEPTION 'the reason' USING ERRCODE = '${code}'; END $$`;
      const error = await newPool()
        .query(fail)
        .catch((thrown: unknown) => thrown);
      expect(error).not.toBeInstanceOf(DatabaseUnavailableError);
      expect(error).toMatchObject({ code, message: 'the reason' });
    },
  );

  it('tells how many connections it has, uses and lacks', async () => {
    const pool = newPool({ size: 2, queueLimit: 5 });
    expect(pool.figures).toEqual({ limit: 2, open: 0, idle: 0, waiting: 0 });
    const busy = Array.from({ length: 5 }, () => pool.query('SELECT pg_sleep(0.5)'));
    await eventually(() => expect(pool.figures).toEqual({ limit: 2, open: 2, idle: 0, waiting: 3 }));
    await Promise.all(busy);
    await eventually(() => expect(pool.figures).toEqual({ limit: 2, open: 2, idle: 2, waiting: 0 }));
  });

  it('leaves the error of a wrong statement as it is', async () => {
    await expect(newPool().query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
  });

  it('tries a statement again that met another in a deadlock', async () => {
    const pool = newPool({ size: 2 });
    await pool.query('CREATE TABLE pairs AS SELECT id, 0 AS n FROM generate_series(1, 2) AS id');
    const add = (first: number, second: number) =>
      pool.query(`DO $$ BEGIN
        UPDATE pairs SET n = n + 1 WHERE id = ${first};
        PERFORM pg_sleep(0.2);
        UPDATE pairs SET n = n + 1 WHERE id = ${second};
      END $$`);
    await Promise.all([add(1, 2), add(2, 1)]);
    const { rows } = await pool.query('SELECT id, n FROM pairs ORDER BY id');
    expect(rows).toEqual([
      { id: 1, n: 2 },
      { id: 2, n: 2 },
    ]);
  });

  it('gives a statement up that cannot be put in an order with others however often it is tried', async () => {
    const pool = newPool();
    await pool.query('CREATE SEQUENCE tries');
    const fail = `DO $$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`;
    await expect(pool.query(fail)).rejects.toMatchObject({ code: '40001' });
    expect((await pool.query('SELECT last_value::int FROM tries')).rows).toEqual([{ last_value: 3 }]);
  });

  it('says that the database is away when nobody listens', async () => {
    const [port = 0] = await freePorts(1);
    const pool = newPool({ url: embeddedDatabaseUrl(port) });
    await expect(pool.check()).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });

  it('survives a server that breaks off, and works again when it is back', async () => {
    const pool = newPool({ size: 2 });
    const broken = pool.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    await pool.check();
    await postgres.server.stop();
    expect(await broken).toBeInstanceOf(DatabaseUnavailableError);
    await expect(pool.check()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await postgres.server.start();
    await pool.check();
  });
});
