import { expect, it } from 'vitest';
import { StrayAttempts } from './stray-attempts.js';

const first = { task_id: 'a', attempt: 1 };
const second = { task_id: 'a', attempt: 2 };
const other = { task_id: 'b', attempt: 1 };

it('an attempt that nobody has heard of yet is given up once it has been so for too long', () => {
  let now = 0;
  const stray = new StrayAttempts(() => now);
  expect(stray.lasting([first, other])).toEqual([]);
  now = 899;
  expect(stray.lasting([first, other])).toEqual([]);
  now = 900;
  expect(stray.lasting([first, other])).toEqual([first, other]);
});

it('one that has been heard of meanwhile, or is another one of its task, begins anew', () => {
  let now = 0;
  const stray = new StrayAttempts(() => now);
  stray.lasting([first, other]);
  now = 500;
  stray.lasting([second]);
  now = 1_000;
  expect(stray.lasting([second, other])).toEqual([]);
  now = 1_400;
  expect(stray.lasting([second, other])).toEqual([second]);
});
