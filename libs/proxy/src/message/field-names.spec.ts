import { expect, it } from 'vitest';
import { CLAIMS, FIELD, fieldNamed } from './field-names.js';

function fieldOf(name: string): number {
  const bytes = Buffer.from(`x${name}: y`, 'latin1');
  return fieldNamed(bytes, 1, 1 + name.length);
}

const KINDS = new Set(['other', 'claim', 'otherForwarded', 'disguised']);
const KNOWN = [
  ...Object.entries(FIELD).filter(([name]) => !KINDS.has(name)),
  ...CLAIMS.map((name) => [name, FIELD.claim] as const),
];

it('has a number of its own for each, without a gap', () => {
  expect(Object.values(FIELD).toSorted((a, b) => a - b)).toEqual([...Object.keys(FIELD).keys()]);
});

it.each(KNOWN)('knows %s in any case, and nothing that only looks like it', (name, field) => {
  const mixed = name.replace(/(.)(.?)/g, (_, odd: string, even: string) => odd.toUpperCase() + even);
  expect([fieldOf(name), fieldOf(name.toUpperCase()), fieldOf(mixed)]).toEqual([field, field, field]);
  const family = name.startsWith('x-forwarded-') ? FIELD.otherForwarded : FIELD.other;
  for (const other of [`${name}x`, name.slice(0, -1), `${name.slice(0, -1)}!`]) {
    expect([other, fieldOf(other)]).toEqual([other, family]);
  }
  expect(fieldOf(`x${name}`)).toBe(FIELD.other);
});

it.each(KNOWN.filter(([name]) => name.includes('-')))('knows %s with _ for - as a disguise', (name) => {
  expect(fieldOf(name.replaceAll('-', '_'))).toBe(FIELD.disguised);
  expect(fieldOf(name.replace('-', '_').toUpperCase())).toBe(FIELD.disguised);
});

it('knows the family of X-Forwarded-*', () => {
  expect(
    ['X-Forwarded-Port', 'x-forwarded-a', 'X_Forwarded_Port', 'X-Forwarded-', 'Forwarded-Port'].map(fieldOf),
  ).toEqual([FIELD.otherForwarded, FIELD.otherForwarded, FIELD.otherForwarded, FIELD.other, FIELD.other]);
});
