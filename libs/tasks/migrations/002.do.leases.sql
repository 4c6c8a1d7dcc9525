-- Who may run tasks now. A worker renews its one row for all its tasks; once it lapses, others take its tasks over.
CREATE TABLE task_workers (
  -- One run of one process.
  instance    text        PRIMARY KEY,
  -- Outlives the process: whoever starts under the same name says that the one before has ended.
  name        text        NOT NULL,
  lease_until timestamptz NOT NULL,
  -- Tasks in hand, as of the last renewal.
  active      integer     NOT NULL DEFAULT 0
  -- Room on the page for the next version of each row, so that a renewal touches no index.
) WITH (fillfactor = 20);

UPDATE tasks SET worker_instance = '00000000' WHERE worker_instance IS NULL;
INSERT INTO task_workers (instance, name, lease_until)
SELECT worker_instance, min(owner), '-infinity' FROM tasks WHERE status IN ('queued', 'running') GROUP BY worker_instance;

DROP INDEX tasks_unfinished;
ALTER TABLE tasks
  DROP COLUMN owner,
  -- Whose task it is: the process that runs it, or in whose queue it waits.
  ALTER COLUMN worker_instance SET NOT NULL,
  -- The highest runs first.
  ADD COLUMN priority        smallint NOT NULL DEFAULT 0,
  -- Not to be run before; null: at once.
  ADD COLUMN run_at          timestamptz,
  -- Attempts that ended with an error, and attempts whose worker was lost, since it was accepted or redriven.
  ADD COLUMN failures        smallint NOT NULL DEFAULT 0,
  ADD COLUMN interruptions   smallint NOT NULL DEFAULT 0,
  ADD COLUMN progress        real,
  ADD COLUMN idempotency_key text,
  -- SHA-256 of what came with the key.
  ADD COLUMN body_hash       bytea;

-- The first three are what a worker looks for; each is as small as the work in hand, however many tasks have ended.
CREATE INDEX tasks_ready ON tasks (worker_instance, priority DESC, task_id) WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX tasks_delayed ON tasks (worker_instance, run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX tasks_running ON tasks (worker_instance) WHERE status = 'running';
-- For the clean-up.
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;
-- For lists of what is rare; the other statuses are found by the indices above, or are nearly every row.
CREATE INDEX tasks_unsuccessful ON tasks (status, task_id) WHERE status IN ('failed', 'cancelled');
CREATE UNIQUE INDEX tasks_idempotency_key ON tasks (idempotency_key) WHERE idempotency_key IS NOT NULL;
