import type { TaskDatabase } from './task-database.js';

/** Two workers that have a lease each, and what a test does to leases. */
export async function twoWorkers(database: TaskDatabase) {
  const [a, b] = [database.stores('aaaaaaaa', 'a'), database.stores('bbbbbbbb', 'b')];
  await a.leases.renew([], 0);
  await b.leases.renew([], 0);
  return { a, b };
}

/** A worker's lease has lapsed so long ago, or lapses in so long where that is negative. */
export async function lapse({ pool }: TaskDatabase, instance: string, agoMs = 1): Promise<void> {
  await pool.query(
    "UPDATE task_workers SET lease_until = clock_timestamp() - $2 * interval '1 ms' WHERE instance = $1",
    [instance, agoMs],
  );
}
