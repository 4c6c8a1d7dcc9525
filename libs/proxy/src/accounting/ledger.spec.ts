import { describe, expect, it } from 'vitest';
import { twoThreads } from '../testing/backend-records.js';
import { placesFor, SharedCells } from './shared-cells.js';

const namesOf = (backends: readonly { url: string }[]) => [
  'common',
  ...backends.map(({ url }) => `${url} x`),
];

describe('Ledger', () => {
  it('has one count of what is in flight, waits and is connected, and takes back what a dead thread had', () => {
    const [first, second] = twoThreads();
    first.account(2, 0).enter();
    second.account(2, 1).enter();
    second.account(2, 1).enter();
    second.addWaiting(1, 5);
    first.addWaiting(0, 1);
    second.addConnections(1, 7);
    first.addConnections(0, 2);
    expect([first.inFlight(2), first.waiting, first.connections]).toEqual([3, 6, 9]);
    first.settle(1);
    expect([second.inFlight(2), second.waiting, second.connections]).toEqual([1, 1, 2]);
  });

  it('takes the lock from a thread that died with it, and from no other', () => {
    const [first, second] = twoThreads();
    const isFree = () => first.lock(1).isFree;
    second.lock(1).acquire();
    first.settle(0);
    expect(isFree()).toBe(false);
    first.settle(1);
    expect(isFree()).toBe(true);
    expect(first.lock(0).hold(() => 'chosen')).toBe('chosen');
  });

  it('clears a slot that goes to another backend, and only then', () => {
    const [first, second] = twoThreads();
    const backends = [{ url: 'a', slot: 1 }];
    const cells = first.strategyCells(7);
    cells.assign(placesFor(backends, namesOf));
    const use = () => {
      second.account(1, 1).tally.addRequest();
      second.account(1, 1).backgroundLoad = 3;
      second.health(1, 1).onRefused(1_000);
      cells.set('a x', 4);
      cells.set('common', 5);
    };
    const facts = () => {
      const { state, reason } = first.health(1);
      const { backgroundLoad } = first.account(1, 0);
      return [first.account(1, 0).totals().requests, backgroundLoad, state, reason, cells.get('a x')];
    };
    expect(first.claim(1, 42)).toBe(true);
    use();
    expect([second.claim(1, 42), facts()]).toEqual([false, [1, 3, 'down', 'refused', 4]]);
    expect([second.claim(1, 43), facts()]).toEqual([true, [0, 0, 'up', undefined, 0]]);
    expect(cells.get('common')).toBe(5);
  });

  it('gives each strategy empty cells, that are the same for all threads, and leaves those of the one before alone', () => {
    const [first, second] = twoThreads();
    const backends = [{ url: 'a', slot: 0 }];
    const cellsOf = (ledger: typeof first, use: number) => {
      const cells = ledger.strategyCells(use);
      cells.assign(placesFor(backends, namesOf));
      return cells;
    };
    const before = cellsOf(first, 1);
    before.set('a x', 11);
    expect(cellsOf(second, 1).get('a x')).toBe(11);
    const after = cellsOf(first, 2);
    expect(after.get('a x')).toBe(0);
    // The second thread still follows the plan before.
    cellsOf(second, 1).set('a x', 12);
    expect(after.get('a x')).toBe(0);
    expect(cellsOf(second, 2).get('a x')).toBe(0);
    cellsOf(second, 3).set('a x', 13);
    expect(cellsOf(first, 3).get('a x')).toBe(13);
    expect(cellsOf(first, 2).get('a x')).toBe(0);
  });
});

it('keeps the numbers of a strategy apart from those of the one before the last, in a thread that still uses that', () => {
  const [first, second] = twoThreads();
  const places = placesFor([{ url: 'a', slot: 0 }], namesOf);
  const late = second.strategyCells(1);
  late.assign(places);
  late.set('a x', 11);
  first.strategyCells(2);
  expect(late.get('a x')).toBe(11);
  const now = first.strategyCells(3);
  now.assign(places);
  late.set('a x', 12);
  expect([late.get('a x'), now.get('a x')]).toEqual([undefined, 0]);
});

describe('SharedCells', () => {
  it('finds the same number by the same name, whoever else is there', () => {
    const cells = new SharedCells({ values: new Int32Array(100), holder: new Int32Array(1) });
    const [a, b] = [
      { url: 'a', slot: 0 },
      { url: 'b', slot: 1 },
    ];
    cells.assign(placesFor([a, b], namesOf));
    cells.set('b x', 9);
    cells.assign(placesFor([b], namesOf));
    expect([cells.get('b x'), cells.get('a x'), cells.size]).toEqual([9, undefined, 2]);
    // Of who has left nothing is kept.
    cells.set('a x', 1);
    cells.assign(placesFor([a, b], namesOf));
    expect(cells.get('a x')).toBe(0);
  });

  it('refuses a strategy that wants more than there is room for', () => {
    const many = Array.from({ length: 9 }, (_, index) => `${index}`);
    expect(() => placesFor([], () => many)).toThrow(RangeError);
    expect(() => placesFor([{ url: 'a', slot: 0 }], (some) => (some.length > 0 ? many : []))).toThrow(
      'a strategy may keep at most 8 numbers, for each backend and for all together',
    );
  });
});
