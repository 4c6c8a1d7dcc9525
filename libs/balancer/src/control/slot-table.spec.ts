import { describe, expect, it } from 'vitest';
import { SlotTable } from './slot-table.js';

/** A table whose assignments all hold. */
function tableOf(capacity: number, isBusy: (slot: number) => boolean = () => false) {
  const table = new SlotTable(capacity, isBusy);
  return {
    table,
    assign: (...urls: readonly string[]) => {
      const assignment = table.assign(urls);
      table.keep(assignment);
      return urls.map((url) => (assignment.used.has(url) ? assignment.slots.get(url) : undefined));
    },
  };
}

describe('SlotTable', () => {
  it('gives each backend a slot that it keeps, whoever comes and goes', () => {
    const { assign } = tableOf(4);
    expect(assign('a', 'b')).toEqual([0, 1]);
    expect(assign('c', 'b')).toEqual([2, 1]);
    expect(assign('b', 'c', 'd')).toEqual([1, 2, 3]);
  });

  it('gives back the slot of a backend that returns', () => {
    const { assign } = tableOf(4);
    assign('a', 'b');
    assign('b');
    expect(assign('b', 'a')).toEqual([1, 0]);
  });

  it('takes a slot from a backend that has left only when all were used, the one that left first before others', () => {
    const { assign } = tableOf(3);
    assign('a', 'b', 'c');
    assign('a', 'c');
    assign('a');
    expect(assign('a', 'd')).toEqual([0, 1]);
    expect(assign('a', 'd', 'e')).toEqual([0, 1, 2]);
  });

  it('leaves a slot alone while requests are in flight there', () => {
    const busy = new Set([0]);
    const { assign } = tableOf(2, (slot) => busy.has(slot));
    assign('a', 'b');
    expect(assign('b', 'c')).toEqual([1, undefined]);
    expect(assign('a', 'b')).toEqual([0, 1]);
    busy.clear();
    expect(assign('b', 'c')).toEqual([1, 0]);
  });

  it('never gives one slot to two backends, and has none for who is too many', () => {
    const { assign } = tableOf(2);
    assign('a', 'b');
    expect(assign('c', 'd', 'e', 'b')).toEqual([0, undefined, undefined, 1]);
  });

  it('is as it was where an assignment is not kept', () => {
    const { assign, table } = tableOf(2);
    assign('a', 'b');
    table.assign(['c', 'd']);
    expect(assign('b', 'a')).toEqual([1, 0]);
  });
});
