import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LeaseStore } from './lease-store.js';
import { OrphanStore } from './orphan-store.js';
import { TaskStore } from './task-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { WorkStore } from './work-store.js';

/** Enough that reading all of them is never the cheapest way. */
const FINISHED = 50_000;
const IDENTITY = { instance: 'aaaaaaaa', name: 'a' };

let database: TaskDatabase;
/** Of its own, on which a statement may take as long as it takes. */
let client: pg.Client;

beforeAll(async () => {
  database = await startTaskDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  const { leases } = database.stores('aaaaaaaa', 'a');
  await leases.renew([], 0);
  const fill = (status: string, count: number, ago: string) =>
    client.query(
      `INSERT INTO tasks (task_id, worker_instance, status, payload, attempt, created_at, started_at, finished_at, result)
       SELECT uuidv7(- $3::interval), 'aaaaaaaa', $1, '{}', 1, now() - $3::interval, now() - $3::interval,
              CASE WHEN $1 NOT IN ('queued', 'running') THEN now() - $3::interval - n * interval '1 ms' END, '1'
       FROM generate_series(1, $2) AS n`,
      [status, count, ago],
    );
  // What waits came long ago, so that a search from the newest task on would go past all others.
  await fill('queued', 100, '3 days');
  await fill('running', 10, '3 days');
  await fill('completed', FINISHED * 0.98, '2 days');
  await fill('failed', FINISHED * 0.015, '2 days');
  await fill('cancelled', FINISHED * 0.005, '2 days');
  await client.query('VACUUM ANALYZE tasks');
}, 120_000);
afterAll(async () => {
  await client.end();
  await database.close();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

/** How the server carries out what is asked of the database: by which indices, and over how many pages. */
async function planOf(ask: (pool: TaskDatabase['pool']) => Promise<unknown>) {
  let plan: Plan | undefined;
  const explaining = {
    async query(text: string, values: unknown[]) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
        values,
      );
      plan = rows[0]?.['QUERY PLAN'][0].Plan;
      throw new Error('explained');
    },
  } as unknown as TaskDatabase['pool'];
  await expect(ask(explaining)).rejects.toThrow('explained');
  const nodes: Plan[] = [];
  const visit = (node: Plan) => {
    nodes.push(node);
    node.Plans?.forEach(visit);
  };
  if (plan !== undefined) visit(plan);
  const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'tasks');
  const indices = nodes.flatMap((node) => node['Index Name'] ?? []);
  return {
    scans: scans.length,
    indices,
    pages: (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0),
  };
}

type Ask = Parameters<typeof planOf>[0];

// By which indices it may go, and how many pages it may touch at most.

it.each<[string, Ask, readonly string[], number]>([
  ['a list', (pool) => new TaskStore(pool).list({ limit: 50 }), ['tasks_pkey'], 60],
  [
    'a list of what waits',
    (pool) => new TaskStore(pool).list({ status: 'queued', limit: 50 }),
    ['tasks_waiting'],
    110,
  ],
  [
    'a list of what runs',
    (pool) => new TaskStore(pool).list({ status: 'running', limit: 50 }),
    ['tasks_running'],
    20,
  ],
  [
    'a list of what failed',
    (pool) => new TaskStore(pool).list({ status: 'failed', limit: 50 }),
    ['tasks_unsuccessful'],
    60,
  ],
  [
    'a renewal',
    (pool) => new LeaseStore(pool, IDENTITY).renew([], 0),
    ['tasks_delayed', 'tasks_pkey', 'tasks_ready', 'tasks_running'],
    60,
  ],
  ['a claim', (pool) => new WorkStore(pool, 'aaaaaaaa').claim(10), ['tasks_pkey', 'tasks_ready'], 400],
  [
    'a search for what has no owner',
    (pool) => new OrphanStore(pool, IDENTITY).noteUnknown(),
    ['tasks_delayed', 'tasks_ready', 'tasks_running'],
    60,
  ],
  [
    'a clean-up that finds nothing',
    (pool) => new TaskStore(pool).deleteEnded('failed', 30 * 86_400, 1_000),
    ['tasks_ended', 'tasks_pkey'],
    10,
  ],
  [
    'a clean-up that finds something',
    (pool) => new TaskStore(pool).deleteEnded('cancelled', 86_400, 10),
    ['tasks_ended', 'tasks_pkey'],
    200,
  ],
])('%s reads what it is about, however many tasks have ended', async (_what, ask, indices, pages) => {
  const plan = await planOf(ask);
  const others = plan.indices.filter((index) => !indices.includes(index));
  expect([plan.scans, others]).toEqual([0, []]);
  expect(plan.pages).toBeLessThan(pages);
});
