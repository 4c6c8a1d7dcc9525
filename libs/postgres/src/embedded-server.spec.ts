import { freePorts, temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionSettings } from './connection-settings.js';
import { EmbeddedServer } from './embedded-server.js';
import { EmbeddedServerError } from './errors.js';
import { findPostmaster } from './postmaster.js';
import { orphanServer } from './testing/orphan-server.js';

let folder: TemporaryFolder;
let dataDirectory: string;
let port: number;
let otherPort: number;
const servers: EmbeddedServer[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  dataDirectory = join(folder.path, 'data');
  [port = 0, otherPort = 0] = await freePorts(2);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  folder[Symbol.dispose]();
});

function newServer(options: Partial<ConstructorParameters<typeof EmbeddedServer>[0]> = {}): EmbeddedServer {
  const server = new EmbeddedServer({ dataDirectory, port, ...options });
  servers.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(connectionSettings(url));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function pidOfServer(): Promise<number> {
  const postmaster = await findPostmaster(dataDirectory);
  if (postmaster === undefined) throw new Error('no server runs');
  return postmaster.pid;
}

async function sleepers(url: string): Promise<number> {
  return (await query(url, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length;
}

describe('an embedded server', () => {
  it('keeps what was stored from one run to the next', async () => {
    const first = newServer();
    await first.start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(await findPostmaster(dataDirectory)).toBeUndefined();

    const second = newServer();
    await second.start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('stores durably, in UTF-8, and takes only its role with its password', async () => {
    const server = newServer();
    await server.start();
    const { url } = server;
    expect(
      await query(
        url,
        "SELECT current_setting('fsync') f, current_setting('server_encoding') e, usesuper s FROM pg_user WHERE usename = user",
      ),
    ).toEqual([{ f: 'on', e: 'UTF8', s: false }]);
    await expect(query(url.replace(':balanza@', ':wrong@'), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    });
    await expect(query(url.replace('//balanza', '//postgres'), 'SELECT 1')).rejects.toMatchObject({
      code: '28000',
    });
  });

  it('is adopted after the process that started it was killed', async () => {
    await orphanServer(dataDirectory, port);
    const pid = await pidOfServer();
    const next = newServer();
    await next.start();
    expect(await pidOfServer()).toBe(pid);
    await next.stop();
    expect(await findPostmaster(dataDirectory)).toBeUndefined();
  });

  it('is started again when it dies', async () => {
    const events: string[] = [];
    const server = newServer({ onEvent: (_level, message) => events.push(message) });
    await server.start();
    await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(await pidOfServer(), 'SIGKILL');
    await expect.poll(() => events).toContain('The embedded PostgreSQL is back');
    expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts over a postmaster.pid whose number now belongs to another process', async () => {
    const first = newServer();
    await first.start();
    const pidFile = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
    await first.stop();
    await writeFile(join(dataDirectory, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
    const second = newServer();
    await second.start();
    expect(await pidOfServer()).not.toBe(process.pid);
  });

  it('is made anew when its making was cut off half-way', async () => {
    await mkdir(join(`${dataDirectory}.new`, 'base'), { recursive: true });
    await writeFile(join(`${dataDirectory}.new`, 'PG_VERSION'), '18\n');
    const server = newServer();
    await server.start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('works in a folder whose name a shell would change', async () => {
    const strange = newServer({ dataDirectory: join(folder.path, 'a$HOME `b` "c"') });
    await strange.start();
    expect(await query(strange.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('moves to another port when it is configured so', async () => {
    await orphanServer(dataDirectory, port);
    const moved = newServer({ port: otherPort });
    await moved.start();
    expect(await query(moved.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('an embedded server that stops', () => {
  async function client(url: string): Promise<pg.Client> {
    const connected = new pg.Client(connectionSettings(url));
    connected.on('error', () => undefined);
    await connected.connect();
    return connected;
  }

  async function stop(server: EmbeddedServer): Promise<number> {
    const began = performance.now();
    await server.stop();
    expect(await findPostmaster(dataDirectory)).toBeUndefined();
    return performance.now() - began;
  }

  it('does not wait for clients that do nothing', async () => {
    const server = newServer({ quietTimeoutMs: 30_000 });
    await server.start();
    await client(server.url);
    expect(await stop(server)).toBeLessThan(10_000);
  });

  it('lets a transaction end', async () => {
    const server = newServer({ quietTimeoutMs: 10_000 });
    await server.start();
    const busy = await client(server.url);
    const answer = busy.query('CREATE TABLE kept AS SELECT 42 AS answer FROM pg_sleep(0.4)');
    await expect.poll(() => sleepers(server.url)).toBe(1);
    await stop(server);
    expect(await answer).toMatchObject({ rowCount: 1 });
  });

  it('cuts off a transaction that goes on', async () => {
    const server = newServer();
    await server.start();
    const busy = await client(server.url);
    const answer = busy.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    await expect.poll(() => sleepers(server.url)).toBe(1);
    expect(await stop(server)).toBeLessThan(10_000);
    expect(await answer).toMatchObject({ code: '57P01' });
  });
});

describe('an embedded server refuses', () => {
  it('a port that something else holds, and names it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(port, '127.0.0.1', resolve);
    });
    try {
      await expect(newServer().start()).rejects.toThrow(`port ${port} of 127.0.0.1, meant for the embedded`);
    } finally {
      holder.close();
    }
  });

  it('a folder that holds something else, and leaves it alone', async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, 'thesis.txt'), 'years of work');
    await expect(newServer().start()).rejects.toThrow(EmbeddedServerError);
    expect(await readFile(join(dataDirectory, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('data that another live process serves, and does not stop that server', async () => {
    const owner = newServer();
    await owner.start();
    const intruder = newServer();
    await expect(intruder.start()).rejects.toThrow('another database service');
    await intruder.stop();
    expect(await query(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('an embedded server that cannot run says why', () => {
  /** A cluster that has run well, and does no longer. */
  async function stopped(): Promise<EmbeddedServer> {
    const server = newServer();
    await server.start();
    await server.stop();
    return server;
  }

  it('by what it logged now, not by what it logged when all was well', async () => {
    const server = await stopped();
    await appendFile(join(dataDirectory, 'postgresql.conf'), '\nnonsense = 1\n');
    const { message } = await server.start().then(
      () => new Error('it runs'),
      (error: Error) => error,
    );
    expect(message).toContain(
      `The embedded PostgreSQL on ${dataDirectory} does not start (pg_ctl: could not start server`,
    );
    expect(message).toContain('unrecognized configuration parameter "nonsense"');
    expect(message).not.toContain('database system');
  });

  it('by what pg_ctl says where nothing could be logged', async () => {
    const server = await stopped();
    await rm(join(dataDirectory, 'server.log'));
    await mkdir(join(dataDirectory, 'server.log'));
    await expect(server.start()).rejects.toThrow(
      /does not start \([^]*server\.log: Is a directory[^]*\); it logged nothing$/,
    );
  });

  it('by the mode of its folder, and what mends it', async () => {
    const server = await stopped();
    await chmod(dataDirectory, 0o755);
    await expect(server.start()).rejects.toThrow(
      `The data folder ${dataDirectory} has the mode 755, which PostgreSQL refuses as others could read or change it; ` +
        `run: chmod 700 '${dataDirectory}'`,
    );
    await chmod(dataDirectory, 0o700);
    await server.stop();
    await server.start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('by what it answers where it takes no connection', async () => {
    await orphanServer(dataDirectory, port);
    const pid = await pidOfServer();
    const server = newServer();
    await query(server.url, "ALTER ROLE balanza PASSWORD 'another'");
    await expect(server.start()).rejects.toThrow(
      /cannot be connected to \(error: password authentication failed for user "balanza"\)/,
    );
    process.kill(pid, 'SIGQUIT');
    await expect.poll(() => findPostmaster(dataDirectory)).toBeUndefined();
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('names the owner of a folder that is not that of the user that PostgreSQL runs as', async () => {
    const server = newServer();
    await server.start();
    await server.stop();
    await chown(dataDirectory, 0, 0);
    await expect(server.start()).rejects.toThrow(
      `The data folder ${dataDirectory} belongs to root, but PostgreSQL would run as postgres; ` +
        `run: chown -R postgres '${dataDirectory}'`,
    );
  });

  it('works under a folder that is closed to everybody else', async () => {
    expect(execFileSync('stat', ['-c', '%a %u', folder.path], { encoding: 'utf8' })).toBe('700 0\n');
    const server = newServer();
    await server.start();
    const owner = execFileSync('stat', ['-c', '%u', dataDirectory], { encoding: 'utf8' });
    expect(Number(owner)).not.toBe(0);
  });
});
