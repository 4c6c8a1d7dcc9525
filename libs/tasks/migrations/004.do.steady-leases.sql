-- Since when a worker has renewed its lease without a gap: until then, that another's has lapsed says nothing about the other.
ALTER TABLE task_workers ADD COLUMN steady_since timestamptz NOT NULL DEFAULT clock_timestamp();
