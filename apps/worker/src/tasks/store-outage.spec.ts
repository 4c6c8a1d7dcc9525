import { eventually } from '@balanza/testing';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accept, ask, becomes, finished, get, post, ready, useWorkers } from '../testing/workers.js';

const { database, sql, start } = useWorkers();

/** What a worker logs of its database from now on. */
function logged() {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    for (const line of String(chunk).trim().split('\n')) lines.push(line);
    return true;
  });
  return () =>
    lines
      .map((line) => JSON.parse(line) as { level: number; msg: string })
      .filter(({ level, msg }) => level > 40 || /database/i.test(msg))
      .map(({ msg }) => msg);
}
afterEach(() => {
  vi.restoreAllMocks();
});

/** How the database stops storing, what it says, and how it starts again. */
const OUTAGES = [
  {
    name: 'is read-only',
    begin: () => setReadOnly(true),
    end: () => setReadOnly(false),
    error: 'The database is read-only now; try again later',
    words: /cannot execute \w+ in a read-only transaction/,
  },
  {
    name: 'has no room on its disk',
    begin: () =>
      sql(`CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
           CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION no_room()`),
    end: () => sql('DROP TRIGGER no_room ON tasks'),
    error: 'The disk of the database is full; try again later',
    words: /could not extend file/,
  },
] as const;

/** For all sessions, which begin anew. */
async function setReadOnly(isReadOnly: boolean): Promise<void> {
  const client = new pg.Client({
    connectionString: database().url,
    options: '-c default_transaction_read_only=off',
  });
  await client.connect();
  try {
    await client.query(
      `ALTER ROLE CURRENT_USER SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`,
    );
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()',
    );
  } finally {
    await client.end();
  }
}

describe.each(OUTAGES)('while the database $name', ({ begin, end, error, words }) => {
  it('tasks are refused with 503, readiness and one line in the log say why, and no outcome is lost', async () => {
    const lines = logged();
    const app = await start({ TASK_DURATION: '1.5', LOG_LEVEL: 'info' });
    const running = await accept(app, { before: true });
    await begin();
    try {
      await eventually(async () => {
        expect(await post(app, '{"during":true}')).toMatchObject({
          status: 503,
          retryAfter: '5',
          refused: null,
          proxyStatus: 'balanza; error=destination_unavailable',
          body: { error },
        });
      });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => ask(app, 'DELETE', `/tasks/${running}`)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(await get(app, `/tasks/${running}`)).toMatchObject({ status: 200 });
      const notReady = await eventually(async () => {
        const answer = await get(app, '/health/ready');
        expect(answer.status).toBe(503);
        return answer.body as { error: string };
      }, 5_000);
      expect(notReady.error).toMatch(/^Not ready: database: /);
      // The outcome of the task that ran has been tried by then.
      await eventually(async () => {
        const { body } = await get(app, '/health/ready');
        expect((body as { error: string }).error).toContain(`tasks cannot be stored: ${error} (`);
      });
      expect(lines()).toEqual([expect.stringMatching(words)]);
    } finally {
      await end();
    }
    await ready(app);
    expect(await finished(app, running)).toMatchObject({ attempt: 1, payload: { before: true } });
    await becomes(app, await accept(app, { after: true }), { status: 'completed' });
    await eventually(() =>
      expect(lines()).toEqual([
        expect.stringMatching(/^Tasks wait for the database: /),
        'The database is back',
      ]),
    );
    expect(await sql(`SELECT FROM tasks WHERE payload::text LIKE '%during%'`)).toEqual([]);
  });
});
