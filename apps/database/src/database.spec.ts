import { EmbeddedServer, embeddedDatabaseUrl } from '@balanza/postgres';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { ConfigError, startApp, type RunningApp } from '@balanza/runtime';
import { eventually, freePorts, temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from './app.js';

const TIME = /^Fetched fresh data from DB at ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const BUSY = { error: 'Every connection to the database is busy; try again' };
const AWAY = { error: 'The database cannot be reached now; try again' };

let app: RunningApp | undefined;

async function start(env: Record<string, string>): Promise<RunningApp> {
  const [port] = await freePorts(1);
  app = await startApp(database, { PORT: String(port), LOG_LEVEL: 'silent', LOG_FORMAT: 'json', ...env });
  return app;
}

async function get(path: string) {
  const response = await fetch(`http://127.0.0.1:${app?.context.port}${path}`);
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as unknown,
  };
}

const ready = () => eventually(async () => expect(await get('/health/ready')).toMatchObject({ status: 200 }));

async function runningReads(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  await client.end();
  return rows.length;
}

afterEach(async () => {
  await app?.stop();
  app = undefined;
});

describe('with a PostgreSQL of your own', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(async () => {
    await postgres.close();
  });

  it('answers with the time of the database, half a second later', async () => {
    await start({ DATABASE_URL: postgres.url });
    const began = performance.now();
    expect(await get('/db')).toEqual({
      status: 200,
      retryAfter: null,
      body: { message: expect.stringMatching(TIME) as unknown },
    });
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(500);
    expect(took).toBeLessThan(5_000);
  });

  it('tells the time by the clock of the database, not by its own', async () => {
    const zoned = new URL(postgres.url);
    zoned.searchParams.set('options', '-c TimeZone=Etc/GMT-9');
    await start({ DATABASE_URL: zoned.href, DB_DELAY: '0' });
    const { body } = await get('/db');
    const hour = new Date(Date.now() + 9 * 3_600_000).getUTCHours();
    expect(Number((body as { message: string }).message.slice(-8, -6))).toBe(hour);
  });

  it('answers 503 at once when the queue of the pool is full, and serves the rest', async () => {
    await start({ DATABASE_URL: postgres.url, DB_DELAY: '0.3', DB_POOL_SIZE: '2', DB_QUEUE_LIMIT: '3' });
    await ready();
    const answers = await Promise.all(Array.from({ length: 9 }, () => get('/db')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toEqual(Array.from({ length: 4 }, () => ({ status: 503, retryAfter: '1', body: BUSY })));
  });

  it('answers 503 to a request that waits too long for a connection', async () => {
    await start({ DATABASE_URL: postgres.url, DB_DELAY: '1', DB_POOL_SIZE: '1', DB_QUEUE_TIMEOUT: '0.2' });
    await ready();
    const served = get('/db');
    await eventually(async () => expect(await runningReads(postgres.url)).toBe(1));
    expect(await get('/db')).toEqual({ status: 503, retryAfter: '1', body: BUSY });
    expect(await served).toMatchObject({ status: 200 });
  });

  it('answers 503 while the server is away, is not ready, and recovers', async () => {
    await start({ DATABASE_URL: postgres.url, DB_DELAY: '0' });
    await ready();
    await postgres.server.stop();
    expect(await get('/db')).toEqual({ status: 503, retryAfter: '1', body: AWAY });
    expect(await get('/health/ready')).toMatchObject({ status: 503 });
    expect(await get('/health/live')).toMatchObject({ status: 200 });
    await postgres.server.start();
    await ready();
    expect(await get('/db')).toMatchObject({ status: 200 });
  });

  it('says once that the server is away, and once that it is back, however many ask', async () => {
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      lines.push(...String(chunk).trim().split('\n'));
      return true;
    });
    try {
      await start({ DATABASE_URL: postgres.url, DB_DELAY: '0', LOG_LEVEL: 'debug' });
      await ready();
      lines.splice(0);
      await postgres.server.stop();
      for (let n = 0; n < 20; n++) expect(await get('/db')).toMatchObject({ status: 503, body: AWAY });
      await postgres.server.start();
      await ready();
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
        expect.stringMatching(/^The database cannot be reached now; try again \(/),
        'The database can be used',
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it('may be started before the server', async () => {
    await postgres.server.stop();
    await start({ DATABASE_URL: postgres.url, DB_DELAY: '0' });
    expect(await get('/health/ready')).toMatchObject({ status: 503 });
    await postgres.server.start();
    await ready();
  });
});

describe('with the embedded PostgreSQL', () => {
  let folder: TemporaryFolder;
  let env: { BALANZA_CONFIG: string; DB_DELAY: string };
  let postgresPort: number;
  let dataDirectory: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    [postgresPort = 0] = await freePorts(1);
    dataDirectory = join(folder.path, 'postgres');
    const topology = JSON.stringify({ postgres: { port: postgresPort, dataDirectory } });
    env = { BALANZA_CONFIG: folder.write('topology.yaml', topology), DB_DELAY: '0' };
  });
  afterEach(async () => {
    await app?.stop();
    app = undefined;
    folder[Symbol.dispose]();
  });

  it('is ready as soon as it listens, and leaves nothing running', async () => {
    const running = await start(env);
    expect(await get('/health/ready')).toMatchObject({ status: 200 });
    expect(await get('/db')).toMatchObject({ status: 200 });
    await running.stop();
    app = undefined;
    const successor = new EmbeddedServer({ dataDirectory, port: postgresPort });
    await successor.start();
    await successor.stop();
  });

  it('finishes what is in flight before it stops the server', async () => {
    const running = await start({ ...env, DB_DELAY: '0.5' });
    const pending = get('/db');
    const url = embeddedDatabaseUrl(postgresPort);
    await eventually(async () => expect(await runningReads(url)).toBe(1));
    const began = performance.now();
    await running.stop();
    app = undefined;
    expect(await pending).toMatchObject({ status: 200 });
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it('does not start when something else holds the port, and names it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(postgresPort, '127.0.0.1', resolve);
    });
    const failed = await start(env).catch((error: unknown) => error);
    holder.close();
    expect(failed).toBeInstanceOf(ConfigError);
    expect(String(failed)).toContain(`port ${postgresPort} of 127.0.0.1`);
  });
});

describe('bad configuration', () => {
  it.each([
    [{ DATABASE_URL: 'mysql://localhost/x' }, 'DATABASE_URL=********: must be a URL such as postgres://'],
    [{ DB_POOL_SIZE: '0' }, 'DB_POOL_SIZE=0: must be from 1 to 1000'],
    [{ DB_DELAY: 'soon' }, 'DB_DELAY=soon: must be a number of seconds'],
  ])('is refused by name: %j', async (env, message) => {
    await expect(start(env)).rejects.toThrow(message);
  });
});
