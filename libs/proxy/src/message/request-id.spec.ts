import { expect, it } from 'vitest';
import { newRequestId, REQUEST_ID_DIGITS, writeRequestId } from './request-id.js';

it('makes identifiers that do not repeat', () => {
  const written = Buffer.alloc(REQUEST_ID_DIGITS);
  const ids = Array.from({ length: 2_000 }, (_, index) => {
    if (index % 2 === 0) return newRequestId();
    writeRequestId(written, 0);
    return written.toString('latin1');
  });
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
});
