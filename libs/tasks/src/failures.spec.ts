import { describe, expect, it } from 'vitest';
import { PermanentTaskError } from './errors.js';
import { accept, idle, TaskRunners, type Handle } from './testing/task-runners.js';

const runners = new TaskRunners();

const unwritable = () => {
  throw new Error('no words for it');
};

describe('a task that fails', () => {
  it('is tried again as often as it may, and then keeps its error', async () => {
    const seen: number[] = [];
    const handle: Handle = (_payload, { attempt }) => {
      seen.push(attempt);
      return Promise.reject(new Error(`no luck in attempt ${attempt}`));
    };
    const runner = await runners.start({ handle, retries: 2 });
    const id = await accept(runner);
    await runners.becomes(id, { status: 'failed', error: 'no luck in attempt 3', attempt: 3 });
    expect(seen).toEqual([1, 2, 3]);
    await idle(runner);
  });

  it('completes when another attempt succeeds', async () => {
    const handle: Handle = async (_payload, { attempt }) => {
      if (attempt === 1) throw new Error('once');
      return attempt;
    };
    const id = await accept(await runners.start({ handle }));
    expect(await runners.becomes(id, { status: 'completed' })).toMatchObject({
      result: 2,
      error: null,
      attempt: 2,
    });
  });

  it.each<[string, Handle, string]>([
    ['says that it would fail again', () => Promise.reject(new PermanentTaskError('never')), 'never'],
    ['returns what cannot be stored', async () => 1n, 'BigInt'],
    ['returns what throws when it is stored', async () => ({ toJSON: unwritable }), 'no words for it'],
    ['returns more than is stored', async () => 'x'.repeat(1024 * 1024), 'has 1048578 bytes as JSON'],
  ])('and %s is not tried again', async (_what, handle, error) => {
    const id = await accept(await runners.start({ handle }));
    const members = { attempt: 1, error: expect.stringContaining(error) as string };
    expect(await runners.becomes(id, { status: 'failed' })).toMatchObject(members);
  });

  it('takes too long when its time is over, and its handler hears of it', async () => {
    const reasons: unknown[] = [];
    const handle: Handle = (_payload, { signal }) => {
      signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message));
      return new Promise(() => undefined);
    };
    const id = await accept(await runners.start({ handle, timeLimitS: 0.05, retries: 0 }));
    const error = 'The attempt did not end within 0.05 s';
    await runners.becomes(id, { status: 'failed', error });
    expect(reasons).toEqual([error]);
  });
});

it('keeps how far a task was that failed', async () => {
  const handle: Handle = async (_payload, { progress }) => {
    progress(0.1);
    progress(0.4);
    throw new PermanentTaskError('enough');
  };
  const id = await accept(await runners.start({ handle }));
  expect(await runners.becomes(id, { status: 'failed' })).toMatchObject({ error: 'enough', progress: 0.4 });
});

it('tells how far a task is', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const handle: Handle = async (_payload, { progress }) => {
    progress(0.25);
    await opened;
    progress(0.5);
    expect(() => progress(2)).toThrow(RangeError);
    return 'done';
  };
  const told: string[] = [];
  const id = await accept(await runners.start({ handle, onTask: (of) => told.push(of) }));
  expect(await runners.becomes(id, { progress: 0.25 })).toMatchObject({ status: 'running' });
  // It has begun, was stored, and has come so far.
  await expect.poll(() => told).toEqual([id, id, id]);
  open();
  expect(await runners.becomes(id, { status: 'completed' })).toMatchObject({ progress: 0.5, error: null });
});
