-- When a worker said that it has ended, or its successor said so; null while it may renew its lease. Until now that was a
-- lease until '-infinity', which did not tell for how long its tasks have been waiting for another worker.
ALTER TABLE task_workers ADD COLUMN ended_at timestamptz;
UPDATE task_workers SET ended_at = clock_timestamp(), lease_until = clock_timestamp() WHERE lease_until = '-infinity';
