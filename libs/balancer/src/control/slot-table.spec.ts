import { describe, expect, it } from 'vitest';
import { SlotTable } from './slot-table.js';

describe('SlotTable', () => {
  it('gives each backend a slot that it keeps, whoever comes and goes', () => {
    const table = new SlotTable(4, () => false);
    expect(table.assign(['a', 'b'])).toEqual([0, 1]);
    expect(table.assign(['c', 'b'])).toEqual([2, 1]);
    expect(table.assign(['b', 'c', 'd'])).toEqual([1, 2, 3]);
  });

  it('gives back the slot of a backend that returns', () => {
    const table = new SlotTable(4, () => false);
    table.assign(['a', 'b']);
    table.assign(['b']);
    expect(table.assign(['b', 'a'])).toEqual([1, 0]);
  });

  it('takes a slot from a backend that has left only when all were used, the one that left first before others', () => {
    const table = new SlotTable(3, () => false);
    table.assign(['a', 'b', 'c']);
    table.assign(['a', 'c']);
    table.assign(['a']);
    expect(table.assign(['a', 'd'])).toEqual([0, 1]);
    expect(table.assign(['a', 'd', 'e'])).toEqual([0, 1, 2]);
  });

  it('leaves a slot alone while requests are in flight there', () => {
    const busy = new Set([0]);
    const table = new SlotTable(2, (slot) => busy.has(slot));
    table.assign(['a', 'b']);
    expect(table.assign(['b', 'c'])).toBeUndefined();
    expect(table.assign(['a', 'b'])).toEqual([0, 1]);
    busy.clear();
    expect(table.assign(['b', 'c'])).toEqual([1, 0]);
  });

  it('never gives one slot to two backends, and changes nothing when there are too few', () => {
    const table = new SlotTable(2, () => false);
    table.assign(['a', 'b']);
    expect(table.assign(['c', 'd', 'e'])).toBeUndefined();
    expect(table.assign(['b', 'a'])).toEqual([1, 0]);
  });
});
