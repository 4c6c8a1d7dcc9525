-- For lists of what waits, however long ago it came: the indices of what is ready and what is delayed are each by worker. None of
-- what waits has a time at which it ended; that only those who ask for it find this index keeps claims to theirs, which is in
-- their order.
CREATE INDEX tasks_waiting ON tasks (task_id) WHERE status = 'queued' AND finished_at IS NULL;
-- For the clean-up, which looks for each status by itself: none has to be skipped to find another.
CREATE INDEX tasks_ended ON tasks (status, finished_at) WHERE finished_at IS NOT NULL;
DROP INDEX tasks_finished;
