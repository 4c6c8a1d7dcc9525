import { eventually } from '@balanza/testing';
import { isBalancer, type AppName } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { pidOf } from './own-stack.js';
import { ask, get, postTask, urls } from './system.js';

const runDirectory = inject('runDirectory');
const APPS: readonly AppName[] = [
  ...(['api-gateway', 'microservice', 'worker', 'cache', 'database'] as const),
  ...(['load-balancer', 'lb-microservices', 'lb-workers'] as const),
];

const liveUrl = (app: AppName, target: string) => `${target}${isBalancer(app) ? '/-' : ''}/health/live`;
const readyUrl = (app: AppName, target: string) => liveUrl(app, target).replace('live', 'ready');
const instanceOf = async (url: string) => ((await ask(url)).body as { instance: string }).instance;

/** A little of everything, until told to stop; remembers every task that was accepted. */
function lightLoad() {
  const accepted: string[] = [];
  const stop = new AbortController();
  const loop = async () => {
    while (!stop.signal.aborted) {
      const { status, body } = await postTask({ from: 'kill' }).catch(() => ({ status: 0, body: undefined }));
      if (status === 202) accepted.push((body as { task_id: string }).task_id);
      await get('/data').catch(() => undefined);
      await setTimeout(100);
    }
  };
  const running = Promise.all([loop(), loop()]);
  return {
    accepted,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

describe.skipIf(runDirectory === null)('kill -9 under light load', () => {
  const processes = APPS.flatMap((app) => urls(app).map((target) => [app, target] as const));
  const accepted: string[] = [];

  it.each(processes)('%s at %s is back', async (app, target) => {
    const before = await instanceOf(liveUrl(app, target));
    await using load = lightLoad();
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(1));
    process.kill(pidOf(runDirectory ?? '', app, Number(new URL(target).port)), 'SIGKILL');
    await eventually(async () => {
      expect(await instanceOf(liveUrl(app, target))).not.toBe(before);
      expect((await ask(readyUrl(app, target))).status).toBe(200);
      expect((await get('/data')).status).toBe(200);
    });
    await eventually(async () => expect((await postTask({ after: app })).status).toBe(202));
    accepted.push(...load.accepted);
  });

  it('no task that got a 202 is lost, and every one is completed', async () => {
    expect(accepted.length).toBeGreaterThan(processes.length);
    for (const id of accepted) {
      await eventually(
        async () => expect((await get(`/longtask/${id}`)).body).toMatchObject({ status: 'completed' }),
        60_000,
      );
    }
  }, 120_000);
});
