import { microservicesStatus, type DataAnswer } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import { describe, expect, inject, it } from 'vitest';
import { activeConnections, ask, bearer, get, postTask, topology, url, urls } from './system.js';

/** Which replica answers as which instance; asked directly, so that no balancer takes a turn. */
async function instancesOf(app: 'api-gateway' | 'microservice'): Promise<string[]> {
  return Promise.all(
    urls(app).map(
      async (target) => ((await ask(`${target}/health/live`)).body as { instance: string }).instance,
    ),
  );
}

describe('the lab’s demonstration', () => {
  it('/data: a miss, then hits from rotating gateways, expiry, and a miss again', async () => {
    const ttl = inject('dataTtl');
    await ask(`${url('cache')}/cache/my_data`, { method: 'DELETE' });
    const gateways = await instancesOf('api-gateway');
    const answers: DataAnswer[] = [];
    for (let i = 0; i < 6; i++) answers.push((await get('/data')).body as DataAnswer);
    const [first] = answers;
    expect(first?.data).toMatch(/^Fetched fresh data from DB at \d\d:\d\d:\d\d$/);
    expect(answers.map(({ cached }) => cached)).toEqual([false, true, true, true, true, true]);
    expect(new Set(answers.map(({ data }) => data)).size).toBe(1);
    const start = gateways.indexOf(first?.from_instance ?? '');
    expect(answers.map(({ from_instance }) => from_instance)).toEqual(
      Array.from({ length: 6 }, (_, i) => gateways[(start + i) % gateways.length]),
    );
    await eventually(
      async () => {
        const { body } = await ask(`${url('cache')}/cache/my_data`);
        expect(body).toEqual({ value: null, cached: false });
      },
      (ttl + 5) * 1000,
    );
    expect((await get('/data')).body).toMatchObject({ cached: false });
  }, 60_000);

  it('/process: 18 calls in the exact weighted order', async () => {
    const instances = await instancesOf('microservice');
    const weights = topology.services.microservice.map(({ weight = 1 }) => weight);
    const served: number[] = [];
    const times = new Set<string>();
    const currents: number[][] = [];
    for (let i = 0; i < 18; i++) {
      const { body } = await ask(`${url('lb-microservices')}/status`);
      currents.push(microservicesStatus.parse(body).microservices.map(({ current }) => current));
      const answer = (await get('/process')).body as { instance: string; processing_time: number };
      served.push(instances.indexOf(answer.instance));
      times.add(`${served.at(-1)}: ${answer.processing_time}`);
    }
    expect(served).toEqual(smoothOrder(weights, currents[0] ?? [], 18));
    expect([...times].toSorted()).toEqual(['0: 0.2', '1: 0.5', '2: 1']);
    const fromTheStart = currents.findIndex((current) => current.every((value) => value === 0));
    expect(served.slice(fromTheStart, fromTheStart + 6)).toEqual([0, 1, 0, 2, 1, 0]);
  }, 60_000);

  it('/longtask: 8 tasks split 4/4, and /status shows them rise and fall to 0', async () => {
    await eventually(async () => expect(await activeConnections()).toEqual([0, 0]), 60_000);
    const tasks: string[] = [];
    const workers: string[] = [];
    const counts: number[][] = [];
    // Due in an hour: none of them ends before the last one is there, however slow the machine is.
    const run_at = new Date(Date.now() + 3_600_000).toISOString();
    for (let i = 0; i < 8; i++) {
      const { status, body } = await postTask({ number: i, run_at });
      expect(status).toBe(202);
      const { task_id, worker_instance } = body as { task_id: string; worker_instance: string };
      tasks.push(task_id);
      workers.push(worker_instance);
      counts.push(await activeConnections());
    }
    const [a, b] = [workers[0], workers[1]];
    expect(a).not.toBe(b);
    expect(workers).toEqual([a, b, a, b, a, b, a, b]);
    expect(counts).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 2],
      [3, 2],
      [3, 3],
      [4, 3],
      [4, 4],
    ]);
    for (const id of tasks) {
      const cancelled = await ask(`${url('load-balancer')}/longtask/${id}`, {
        method: 'DELETE',
        headers: bearer,
      });
      expect(cancelled.status).toBe(200);
    }
    await eventually(async () => expect(await activeConnections()).toEqual([0, 0]), 60_000);
  }, 180_000);

  it('/longtask: tasks that run are counted until they are completed', async () => {
    const { body } = await postTask({ number: 9 });
    const { task_id } = body as { task_id: string };
    const task = async () => (await get(`/longtask/${task_id}`)).body as { status: string };
    await eventually(async () => expect(await task()).toMatchObject({ status: 'completed' }), 60_000);
    await eventually(async () => expect(await activeConnections()).toEqual([0, 0]), 60_000);
  }, 180_000);
});

/** Smooth weighted round robin as the contract words it, worked out independently of the code under test. */
function smoothOrder(weights: readonly number[], start: readonly number[], count: number): number[] {
  const current = [...start];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    weights.forEach((weight, i) => (current[i] = (current[i] ?? 0) + weight));
    const best = current.indexOf(Math.max(...current));
    current[best] = (current[best] ?? 0) - total;
    return best;
  });
}
