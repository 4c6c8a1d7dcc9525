import { expect, it } from 'vitest';
import { scanResponse } from '../testing/scan.js';
import { keepAliveOf } from './keep-alive.js';

it.each([
  ['timeout=5', 5_000],
  ['timeout=0', 0],
  ['max=100, TimeOut=15', 15_000],
  ['timeout=5, max=100', 5_000],
  [' \ttimeout=5\t , max=1', 5_000],
  ['', Infinity],
  ['max=100', Infinity],
  ['timeout', Infinity],
  ['timeout=', Infinity],
  ['timeout=x', Infinity],
  ['timeout=-1', Infinity],
  ['timeout=1.5', Infinity],
  ['timeout="5"', Infinity],
  ['xtimeout=5', Infinity],
])('Keep-Alive: %j is %s ms', (value, expected) => {
  const { scanner } = scanResponse(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\n\r\n`);
  expect(keepAliveOf(scanner)).toBe(expected);
});

it('no Keep-Alive says nothing, and the first of several that says something counts', () => {
  expect(keepAliveOf(scanResponse('HTTP/1.1 200 OK\r\n\r\n').scanner)).toBe(Infinity);
  const fields = 'Keep-Alive: max=1\r\nKeep-Alive: timeout=2\r\nKeep-Alive: timeout=1\r\n';
  expect(keepAliveOf(scanResponse(`HTTP/1.1 200 OK\r\n${fields}\r\n`).scanner)).toBe(2_000);
});
