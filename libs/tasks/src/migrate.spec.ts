import pg from 'pg';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    expect(runs.flat()).toEqual(['tasks']);
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
    ]);
  });
});
