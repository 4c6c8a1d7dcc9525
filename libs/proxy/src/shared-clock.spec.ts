import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { OUTCOME } from './resilience/backend-health.js';
import { BackendPool } from './resilience/backend-pool.js';
import { simplePlan } from './resilience/simple-plan.js';
import { sharedNow, wallTime } from './shared-clock.js';

afterEach(() => vi.restoreAllMocks());

it('is the same for all threads', async () => {
  const built = new URL('../dist/shared-clock.js', import.meta.url).href;
  const script = `import(${JSON.stringify(built)}).then(({ sharedNow }) =>
    require('node:worker_threads').parentPort.postMessage(sharedNow()))`;
  const before = sharedNow();
  const [theirs] = (await once(new Worker(script, { eval: true, execArgv: [] }), 'message')) as [number];
  expect([theirs >= before - 1, theirs <= sharedNow() + 1]).toEqual([true, true]);
});

it('is shown to people as the time on the wall', () => {
  expect(Math.abs(wallTime(sharedNow() - 60_000) - (Date.now() - 60_000))).toBeLessThan(100);
});

it('has an ejection end in time, though the clock on the wall is set back', () => {
  const pool = new BackendPool(
    simplePlan({
      backends: [{ url: 'http://a' }, { url: 'http://b' }],
      policy: { ejection: { baseMs: 0, maxMs: 0 } },
    }),
  );
  const [first] = pool.backends;
  if (first === undefined) throw new Error('there is no backend');
  for (let failed = 0; failed < 5; failed++) pool.judge(first, OUTCOME.gatewayError);
  expect(first.health.state).toBe('ejected');
  vi.spyOn(Date, 'now').mockReturnValue(0);
  first.health.refresh(pool.now(), pool.policy.slowStart);
  expect(first.health.state).toBe('up');
});
