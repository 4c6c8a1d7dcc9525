import { describe, expect, it } from 'vitest';
import { backend } from '../testing/backends.js';
import { fillTable, preferenceOf } from './maglev-table.js';

describe('fillTable', () => {
  const [b0, b1, b2] = [
    { offset: 3, skip: 4, weight: 1 },
    { offset: 0, skip: 2, weight: 1 },
    { offset: 3, skip: 1, weight: 1 },
  ];

  it('gives the tables of the paper, before and after B1 is removed', () => {
    expect([...fillTable([b0, b1, b2], 7)]).toEqual([1, 0, 1, 0, 2, 2, 0]);
    expect([...fillTable([b0, b2], 7)]).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });

  it('gives the table of Envoy’s tests', () => {
    const backends = [90, 91, 92, 93, 94, 95].map((port) => backend(`http://127.0.0.1:${port}`));
    const preferences = backends.map((each) => preferenceOf(each, 7));
    expect([...fillTable(preferences, 7)]).toEqual([2, 4, 0, 1, 5, 0, 3]);
  });

  it.each([
    ['whatever the unit of the weights', [10, 20, 30]],
    ['as with the smallest weights', [1, 2, 3]],
  ])('shares by weight, %s', (_, weights) => {
    const preferences = weights.map((weight, index) => ({ offset: index, skip: index + 1, weight }));
    const table = [...fillTable(preferences, 6_007)];
    expect([0, 1, 2].map((place) => table.filter((each) => each === place).length)).toEqual(
      [1, 2, 3].map((weight) => expect.closeTo((6_007 * weight) / 6, -1)),
    );
  });

  it('is empty without backends', () => {
    expect([...fillTable([], 3)]).toEqual([-1, -1, -1]);
  });
});
