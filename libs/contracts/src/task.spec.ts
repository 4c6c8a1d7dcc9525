import { describe, expect, it } from 'vitest';
import { newTaskPayload, taskRunAt } from './task.js';

describe('run_at of a new task', () => {
  it.each([
    ['2099-06-30T12:00:00Z', '2099-06-30T12:00:00.000Z'],
    ['2099-06-30t12:00:00z', '2099-06-30T12:00:00.000Z'],
    ['2099-06-30t12:00:00.123456789+05:30', '2099-06-30T06:30:00.123Z'],
    ['2096-02-29T23:59:59-00:00', '2096-02-29T23:59:59.000Z'],
  ])('%s is a time', (text, time) => {
    expect(taskRunAt.parse(text).toISOString()).toBe(time);
    expect(newTaskPayload.safeParse({ run_at: text }).success).toBe(true);
  });

  it.each([
    '2099-06-31T12:00:00Z',
    '2099-02-29T12:00:00Z',
    '2099-13-01T12:00:00Z',
    '2099-06-30T24:00:00Z',
    '2099-06-30T12:00:00',
    '2099-06-30 12:00:00Z',
    '2099-06-30T12:00:00+0100',
    '2099-06-30',
    `2099-06-30T12:00:00.${'1'.repeat(100_000)}Z`,
  ])('%.30s begins like a date and is refused', (text) => {
    expect(newTaskPayload.safeParse({ run_at: text }).error?.issues).toMatchObject([
      { path: ['run_at'], message: 'must be a time of RFC 3339, such as 2099-12-31T12:00:00Z' },
    ]);
  });

  it.each([
    ['tomorrow'],
    [''],
    [12],
    [null],
    [{ at: '2099-06-31' }],
    ['99-06-31'],
    [' 2099-06-31T12:00:00Z'],
  ])('%j is payload and nothing else', (run_at) => {
    expect(newTaskPayload.parse({ run_at })).toEqual({ run_at });
    expect(taskRunAt.safeParse(run_at).success).toBe(false);
  });
});
