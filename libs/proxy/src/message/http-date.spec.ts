import { expect, it } from 'vitest';
import { HttpDate } from './http-date.js';

it('is the time in GMT, made once a second', () => {
  let time = Date.UTC(1994, 10, 6, 8, 49, 37, 400);
  let reads = 0;
  const date = new HttpDate(() => {
    reads++;
    return time;
  });
  expect(date.line(5_000)).toBe('\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT');
  time += 599;
  expect(date.line(5_599)).toBe('\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT');
  expect(reads).toBe(1);
  time += 1;
  expect(date.line(5_600)).toBe('\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT');
  expect(reads).toBe(2);
});

it('follows a clock that is set, within a second', () => {
  let time = Date.UTC(2030, 0, 1);
  const date = new HttpDate(() => time);
  expect(date.line(0)).toBe('\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT');
  time = Date.UTC(1999, 11, 31, 23, 59, 59);
  expect(date.line(1_000)).toBe('\r\nDate: Fri, 31 Dec 1999 23:59:59 GMT');
});
