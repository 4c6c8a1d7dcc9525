import type { Task } from '@balanza/contracts';
import { expect, it } from 'vitest';
import { eventStream } from './event-stream.js';

const task = (status: Task['status']) => ({ task_id: 'a', status }) as Task;
const event = (status: Task['status']) => `event: task\ndata: {"task_id":"a","status":"${status}"}\n\n`;

it('says that it is there when it would be silent for too long, and ends with its task', async () => {
  const { promise, resolve } = Promise.withResolvers<Task>();
  async function* later() {
    yield await promise;
  }
  const stream = eventStream(task('running'), later(), new AbortController().signal, 20);
  const next = async () => (await stream.next()).value;
  expect(await next()).toBe(`retry: 1000\n\n${event('running')}`);
  expect([await next(), await next()]).toEqual([': still here\n\n', ': still here\n\n']);
  resolve(task('completed'));
  expect(await next()).toBe(event('completed'));
  expect((await stream.next()).done).toBe(true);
});

it('lets go of its task when the client leaves', async () => {
  let isLetGo = false;
  async function* later() {
    try {
      yield task('running');
      yield task('completed');
    } finally {
      isLetGo = true;
    }
  }
  const gone = new AbortController();
  const stream = eventStream(task('queued'), later(), gone.signal);
  await stream.next();
  await stream.next();
  expect(isLetGo).toBe(false);
  gone.abort();
  expect((await stream.next()).done).toBe(true);
  expect(isLetGo).toBe(true);
});
