import { expect, it } from 'vitest';
import { CleanUp, type CleanUpOptions } from './clean-up.js';

const RETENTION = { endedS: 60, failedS: 120 };

/** Runs once, and gives what it did and what went wrong. */
async function run(options: Partial<CleanUpOptions['tasks'] & CleanUpOptions['orphans']> = {}) {
  const done: unknown[] = [];
  const problems: string[] = [];
  const { promise: failed, resolve } = Promise.withResolvers<void>();
  const cleanUp = new CleanUp({
    retention: RETENTION,
    orphans: {
      noteUnknown: async () => void done.push('unknown'),
      forgetGone: async () => void done.push('gone'),
      ...options,
    },
    tasks: {
      deleteEnded: async (...args) => {
        done.push(args);
        return (await options.deleteEnded?.(...args)) ?? 0;
      },
    },
    onFailure(problem) {
      problems.push(problem);
      resolve();
    },
  });
  cleanUp.start();
  return { done, problems, failed, cleanUp };
}

it('deletes each kind of task by itself, a batch at a time, so that none waits for all of another', async () => {
  const left = { completed: 2_500, cancelled: 10, failed: 1_000 };
  const { done, problems, cleanUp } = await run({
    deleteEnded: async (status, _ageS, limit) => {
      const count = Math.min(left[status], limit);
      left[status] -= count;
      return count;
    },
  });
  await expect.poll(() => done).toHaveLength(8);
  await cleanUp.stop();
  expect(done).toEqual([
    'unknown',
    'gone',
    ['completed', 60, 1_000],
    ['cancelled', 60, 1_000],
    ['failed', 120, 1_000],
    ['completed', 60, 1_000],
    ['failed', 120, 1_000],
    ['completed', 60, 1_000],
  ]);
  expect(problems).toEqual([]);
});

it('goes on with the rest when something fails, and says what', async () => {
  const { done, problems, failed, cleanUp } = await run({
    forgetGone: () => Promise.reject(new Error('no')),
    deleteEnded: async (status) => {
      if (status === 'completed') throw new Error('not now');
      return 0;
    },
  });
  await failed;
  await cleanUp.stop();
  expect(done).toEqual([
    'unknown',
    ['completed', 60, 1_000],
    ['cancelled', 60, 1_000],
    ['failed', 120, 1_000],
  ]);
  expect(problems).toEqual(['workers that are gone: no; completed tasks: not now']);
});
