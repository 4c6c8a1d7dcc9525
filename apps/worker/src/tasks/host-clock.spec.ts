import type { Task } from '@balanza/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accept, ask, becomes, finished, useWorkers } from '../testing/workers.js';

const HOUR_MS = 3_600_000;
const { sql, start } = useWorkers({ TASK_DURATION: '0' });

describe.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])('a worker whose host’s clock is an hour %s', (_name, wrongBy) => {
  let realNow: number;
  beforeEach(() => {
    realNow = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: realNow + wrongBy });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const inMinutes = (minutes: number) => new Date(realNow + minutes * 60_000).toISOString();

  it('begins a task when the clock of the database says so', async () => {
    const app = await start();
    const later = await accept(app, { run_at: inMinutes(30) });
    await becomes(app, later, { status: 'queued', attempt: 0, run_at: inMinutes(30) });
    await finished(app, await accept(app, { run_at: inMinutes(-30) }));
    await finished(app, await accept(app, { run_at: inMinutes(-30).toLowerCase() }));
    await becomes(app, later, { status: 'queued', attempt: 0 });
    await sql(`UPDATE tasks SET run_at = clock_timestamp() WHERE task_id = '${later}'`);
    expect(await finished(app, later)).toMatchObject({ attempt: 1 });
  });

  it('gives ids in the order in which tasks came, also beside a worker whose clock is right', async () => {
    const wrong = await start();
    const ids: string[] = [await accept(wrong)];
    vi.setSystemTime(realNow);
    const right = await start();
    ids.push(await accept(right));
    ids.push(await accept(wrong));
    ids.push(await accept(right));
    const { body } = await ask(right, 'GET', '/tasks');
    expect((body as { tasks: Task[] }).tasks.map(({ task_id }) => task_id)).toEqual(ids.toReversed());
    const rows = await sql(
      `SELECT abs(extract(epoch FROM created_at) * 1000
         - ('x0000' || substr(replace(task_id::text, '-', ''), 1, 12))::bit(64)::bigint) < 60000 AS near FROM tasks`,
    );
    expect(rows).toEqual(ids.map(() => ({ near: true })));
  });
});
