import { expect, it } from 'vitest';
import { isTraceparent, newTraceId, traceparent } from './trace-id.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it('makes identifiers that do not repeat', () => {
  const ids = Array.from({ length: 2_000 }, newTraceId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
});

it('begins a trace', () => {
  expect(traceparent(TRACE)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  expect(isTraceparent(traceparent(newTraceId()))).toBe(true);
});

it.each([
  ['version 00', `00-${TRACE}-${SPAN}-01`, true],
  ['a later version', `01-${TRACE}-${SPAN}-01`, true],
  ['a later version with more', `cc-${TRACE}-${SPAN}-01-what-ever`, true],
  ['version 00 with more', `00-${TRACE}-${SPAN}-01-x`, false],
  ['a later version with more that is not parted', `01-${TRACE}-${SPAN}-01x`, false],
  ['version ff', `ff-${TRACE}-${SPAN}-01`, false],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
  ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`, false],
  ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`, false],
  ['a digit too few', `00-${TRACE.slice(1)}-${SPAN}-01`, false],
  ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`, false],
  ['nothing', '', false],
])('judges %s', (_what, value, expected) => {
  expect(isTraceparent(value)).toBe(expected);
});
