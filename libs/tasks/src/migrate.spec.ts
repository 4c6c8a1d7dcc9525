import pg from 'pg';
import { freePorts } from '@balanza/testing';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateOnceReachable } from './migrate-once-reachable.js';
import { migrate } from './migrate.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres.close();
});

describe('migrations', () => {
  it('run once when several processes start together, and never again', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => migrate(postgres.url)));
    expect(runs.flat()).toEqual([
      'tasks',
      'leases',
      'ended-workers',
      'steady-leases',
      'list-and-retention-indices',
    ]);
    expect(await migrate(postgres.url)).toEqual([]);

    const client = new pg.Client(postgres.url);
    await client.connect();
    const { rows } = await client.query(
      'SELECT version::int, name FROM balanza_schema_version ORDER BY version',
    );
    await client.end();
    expect(rows).toEqual([
      { version: 0, name: null },
      { version: 1, name: 'tasks' },
      { version: 2, name: 'leases' },
      { version: 3, name: 'ended-workers' },
      { version: 4, name: 'steady-leases' },
      { version: 5, name: 'list-and-retention-indices' },
    ]);
  });

  it('wait for a server that comes later, and say why', async () => {
    await postgres.server.stop();
    const sentences: string[] = [];
    const migrated = migrateOnceReachable(postgres.url, {
      signal: AbortSignal.timeout(30_000),
      onFailure: (sentence) => sentences.push(sentence),
    });
    const refused = `connect ECONNREFUSED 127.0.0.1:${postgres.port}`;
    await expect.poll(() => sentences).toContain(`The database cannot be used yet (${refused}); trying on`);
    await postgres.server.start();
    expect(await migrated).toBe(true);
  });

  it('wait no longer than they may', async () => {
    const [port = 0] = await freePorts(1);
    const end = new AbortController();
    const url = `postgres://nobody@127.0.0.1:${port}/none`;
    expect(await migrateOnceReachable(url, { signal: end.signal, onFailure: () => end.abort() })).toBe(false);
  });
});
