import { taskId } from '@balanza/contracts';
import { expect, it } from 'vitest';
import { newTaskId } from './task-id.js';

it('ids are UUIDs of version 7 in the order in which they were made, also when the clock goes back', () => {
  const now = Date.now();
  const ids = Array.from({ length: 10_000 }, (_, n) => newTaskId(n % 3 === 0 ? now : now - 5_000));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.every((id) => taskId.safeParse(id).success)).toBe(true);
  expect(Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16)).toBe(now);
});
