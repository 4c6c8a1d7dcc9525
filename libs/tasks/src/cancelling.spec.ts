import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TaskContext } from './task-definition.js';
import { accept, acceptAll, gate, idle, TaskRunners, type Handle } from './testing/task-runners.js';
import { WorkStore } from './work-store.js';

const runners = new TaskRunners();

describe('a task that is cancelled', () => {
  it('has its handler told, and its place is free again', async () => {
    const started: TaskContext[] = [];
    const handle: Handle = (_payload, context) => {
      started.push(context);
      return setTimeout(60_000, undefined, { signal: context.signal });
    };
    const runner = await runners.start({ concurrency: 1, handle });
    const ids = [await accept(runner), await accept(runner)];
    await runners.store.cancel(ids[0] ?? '');
    await runner.verify(ids[0] ?? '');
    // At once, not when a renewal would have told.
    expect(started[0]?.signal.aborted).toBe(true);
    await expect.poll(() => started.length).toBe(2);
    expect(await runners.statuses(ids)).toEqual(['cancelled', 'running']);
    expect(runner.activeTasks).toBe(1);
  });

  it('while it waits is counted no longer, once the next renewal has told', async () => {
    const { handle } = gate();
    const runner = await runners.start({ concurrency: 1, handle });
    const [, waits = ''] = await acceptAll(runner, 2);
    expect(runner.activeTasks).toBe(2);
    await runners.store.cancel(waits);
    await expect.poll(() => runner.activeTasks).toBe(1);
  });
});

describe('two attempts of one task in one worker', () => {
  it('are two: the first may be late to learn that its end was written long ago', async () => {
    const { promise: second, resolve: begun } = Promise.withResolvers<void>();
    /** Its first outcome is written, but the answer is lost; it is asked again once the second attempt runs. */
    class LateStore extends WorkStore {
      #calls = 0;
      override async finish(...args: Parameters<WorkStore['finish']>): Promise<boolean> {
        const call = ++this.#calls;
        if (call === 2) await second;
        const written = await super.finish(...args);
        if (call === 1) throw new Error('the answer was lost');
        return written;
      }
    }
    const { started, open, handle } = gate();
    const runner = await runners.start({
      work: new LateStore(runners.database.pool, 'aaaaaaaa'),
      async handle(payload, context) {
        if (context.attempt === 1) throw new Error('once more');
        begun();
        return handle(payload, context);
      },
    });
    const id = await accept(runner);
    await expect.poll(() => started.length).toBe(1);
    // The first attempt is gone, and the second is still known.
    await expect.poll(() => runner.activeTasks).toBe(1);
    await runner.verify(id);
    expect(runner.activeTasks).toBe(1);
    open();
    expect(await runners.becomes(id, { status: 'completed' })).toMatchObject({ attempt: 2, result: 'done' });
    await idle(runner);
  });
});
