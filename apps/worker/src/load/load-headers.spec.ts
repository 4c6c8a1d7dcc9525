import { parseLoadHeader } from '@balanza/contracts';
import type { RunningApp } from '@balanza/runtime';
import { describe, expect, it } from 'vitest';
import { accept, urlOf, useWorkers } from '../testing/workers.js';

const { start } = useWorkers();

describe('every answer of a worker', () => {
  const loadOf = async (app: RunningApp, path: string, init?: RequestInit) => {
    const answer = await fetch(urlOf(app, path), init);
    await answer.body?.cancel();
    const header = answer.headers.get('endpoint-load-metrics') ?? '';
    return [answer.status, parseLoadHeader(header), answer.headers.get('x-balanza-instance')];
  };

  it('says how many tasks it has in hand, also when it is no task that is answered', async () => {
    const app = await start({ TASK_DURATION: '60', TASK_CONCURRENCY: '1', TASK_QUEUE_LIMIT: '1' });
    const { instance } = app.context;
    const id = await accept(app);
    await accept(app);
    const json = { 'content-type': 'application/json' };
    const posted = { method: 'POST', headers: json };
    const answers = [
      await loadOf(app, `/tasks/${id}`),
      await loadOf(app, `/tasks/${id}/events`),
      await loadOf(app, '/tasks'),
      await loadOf(app, '/tasks/none'),
      await loadOf(app, '/nothing'),
      await loadOf(app, '/task', { method: 'DELETE' }),
      await loadOf(app, '/task', { ...posted, body: '{' }),
      await loadOf(app, '/task', { ...posted, body: JSON.stringify({ long: 'x'.repeat(1_048_576) }) }),
      await loadOf(app, '/task', { ...posted, body: '{}' }),
      await loadOf(app, '/health/live'),
      await loadOf(app, `/tasks/${id}`, { method: 'DELETE' }),
    ];
    const load = { instance, sequence: expect.any(Number) as unknown, active_tasks: 2 };
    const statuses = [200, 200, 200, 404, 404, 405, 400, 413, 503, 200];
    expect(answers.slice(0, -1)).toEqual(statuses.map((status) => [status, load, instance]));
    expect(answers.at(-1)).toMatchObject([200, { instance }, instance]);
    const sequences = answers.map(([, figures]) => (figures as { sequence: number }).sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
  });
});
