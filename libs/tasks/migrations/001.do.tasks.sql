CREATE TABLE tasks (
  task_id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The worker that accepted the task, by a name that survives its restarts.
  owner           text        NOT NULL,
  -- The process that has the task, or had it last.
  worker_instance text,
  status          text        NOT NULL DEFAULT 'queued'
                  CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  -- json, not jsonb: it is kept as it was sent, and jsonb cannot hold "\u0000".
  payload         json        NOT NULL,
  -- How many times the task has been started. Whoever writes an outcome names the attempt it belongs to.
  attempt         integer     NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at      timestamptz,
  finished_at     timestamptz,
  result          json,
  error           text
);

-- What a worker looks for; as small as the work in hand, however many tasks have been finished.
CREATE INDEX tasks_unfinished ON tasks (owner, status, created_at) WHERE status IN ('queued', 'running');
