import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { HeldAttempts } from './held-attempts.js';

it('an attempt runs in the context of no request, though it begins in that of one', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const held = new HeldAttempts({
    concurrency: 2,
    execute() {
      seen.push(context.getStore());
      return { ended: Promise.resolve(), settled: Promise.resolve() };
    },
    onBegun: () => undefined,
    onEnded: () => undefined,
    onFreed: () => undefined,
    onStuck: () => undefined,
    stuckAfterMs: 1_000,
  });
  const attempt = { task_id: 'a', payload: {}, attempt: 1, failures: 0 };
  context.run('request', () => held.begin([attempt]));
  await held.ended();
  expect(seen).toEqual([undefined]);
});
