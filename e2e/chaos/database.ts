import { connectionSettings, embeddedDatabaseUrl } from '@balanza/postgres';
import pg from 'pg';

/** Asks the database of the system that is disturbed, over a connection of its own. @param port its PostgreSQL's */
export async function query<Row extends pg.QueryResultRow>(port: number, text: string): Promise<Row[]> {
  const client = new pg.Client({
    ...connectionSettings(embeddedDatabaseUrl(port)),
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
