import { userInfo } from 'node:os';
import type pg from 'pg';

/** What `pg` would otherwise complete from libpq's variables. */
export type ConnectionSettings = Pick<
  pg.ClientConfig,
  'connectionString' | 'ssl' | 'options' | 'client_encoding'
> & { readonly sslnegotiation: 'postgres' };

/**
 * What to hand to `pg` for a connection that a URL alone decides. `pg` completes what is left out by libpq's variables (`PGSSLMODE`,
 * `PGOPTIONS`, `PGHOST`, `PGUSER`, …), so a shell that is set up for other servers would change how this one is reached. Nothing is
 * left out here but a password: one that the URL does not have comes from `PGPASSWORD` or `~/.pgpass`, as psql takes it.
 *
 * Parameters of the URL, such as `?sslmode=require`, win over these.
 */
export function connectionSettings(url: string): ConnectionSettings {
  return {
    connectionString: completed(url),
    ssl: false,
    // `pg` goes by the variable where the setting is empty; for PostgreSQL this is no option.
    options: ' ',
    client_encoding: 'UTF8',
    sslnegotiation: 'postgres',
  };
}

/** The URL with the defaults of libpq for the parts that it does not have. */
function completed(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.hostname === '') return text;
  const { searchParams } = url;
  if (url.port === '' && !searchParams.has('port')) url.port = '5432';
  if (url.username === '' && !searchParams.has('user')) url.username = userInfo().username;
  if (url.pathname.length <= 1) url.pathname = `/${searchParams.get('user') ?? url.username}`;
  return url.href;
}
