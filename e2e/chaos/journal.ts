import { query } from './database.ts';

/** What became of a task at one moment, as the database wrote it down itself. */
export interface Change {
  readonly task_id: string;
  /** In ms since 1970. */
  readonly at: number;
  readonly status: string;
  readonly attempt: number;
  /** The port of the worker whose task it was. */
  readonly worker: number;
}

/**
 * Has the database keep a journal of every task, in the transactions in which tasks change: what is believed here does not
 * depend on what workers say of themselves.
 */
export async function keepJournal(port: number): Promise<void> {
  await query(
    port,
    `CREATE SCHEMA journal;
     CREATE TABLE journal.changes (
       id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT clock_timestamp(),
       task_id uuid, status text, attempt int, instance text);
     CREATE TABLE journal.workers AS SELECT instance, name FROM task_workers;
     ALTER TABLE journal.workers ADD PRIMARY KEY (instance);
     CREATE FUNCTION journal.note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO journal.changes (task_id, status, attempt, instance)
       VALUES (NEW.task_id, NEW.status, NEW.attempt, NEW.worker_instance);
       RETURN NULL;
     END $$;
     CREATE FUNCTION journal.note_worker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO journal.workers VALUES (NEW.instance, NEW.name) ON CONFLICT DO NOTHING;
       RETURN NULL;
     END $$;
     CREATE TRIGGER note AFTER INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION journal.note_change();
     CREATE TRIGGER note AFTER INSERT ON task_workers FOR EACH ROW EXECUTE FUNCTION journal.note_worker();`,
  );
}

/** All changes of all tasks, task by task, in their order. */
export async function readJournal(port: number): Promise<Map<string, Change[]>> {
  const changes = await query<Change>(
    port,
    `SELECT task_id, extract(epoch FROM at)::float8 * 1000 AS at, status, attempt,
            substring(name FROM '\\d+$')::int AS worker
     FROM journal.changes LEFT JOIN journal.workers USING (instance) ORDER BY id`,
  );
  return Map.groupBy(changes, ({ task_id }) => task_id);
}
