import { expect, it } from 'vitest';
import { Adoption } from './adoption.js';
import type { Adopted, OrphanStore } from './orphan-store.js';

/** An adoption that finds these numbers of tasks, one after another, and what it looks for. */
function setUp(counts: number[] = []) {
  const asked: [limit: number, goneForMs: number | undefined][] = [];
  const heard: number[] = [];
  const orphans: Pick<OrphanStore, 'adopt'> = {
    async adopt(limit, goneForMs): Promise<Adopted> {
      asked.push([limit, goneForMs]);
      const count = counts.shift() ?? 0;
      return { count, ready: count, delayed: 0, cut_off: [], transaction: 1 };
    },
  };
  const adoption = new Adoption({
    orphans: orphans as OrphanStore,
    onAdopted: ({ count }) => heard.push(count),
  });
  return { adoption, asked, heard };
}

it('who has room has what is left to itself for a second', async () => {
  const { adoption, asked, heard } = setUp([3, 2]);
  expect(await adoption.takeOrphans(5)).toBe(false);
  expect(asked).toEqual([
    [5, 0],
    [1_000, 1_000],
  ]);
  expect(heard).toEqual([3, 2]);
});

it.each([0, -2])(
  'who has no room, as with %i places, takes what has been left for a second',
  async (room) => {
    const { adoption, asked } = setUp();
    await adoption.takeOrphans(room);
    expect(asked).toEqual([[1_000, 1_000]]);
  },
);

it('goes on while batches are full, and looks again only when somebody is gone', async () => {
  const { adoption, asked } = setUp([1_000, 0, 0]);
  expect(await adoption.takeOrphans(0)).toBe(true);
  expect(await adoption.takeOrphans(0)).toBe(false);
  expect(await adoption.takeOrphans(0)).toBe(false);
  expect(asked).toHaveLength(2);
  adoption.noteGone(true);
  await adoption.takeOrphans(0);
  expect(asked).toHaveLength(3);
});

it('takes all that earlier processes of its name have left, and of nobody else', async () => {
  const { adoption, asked, heard } = setUp([1_000, 1_000, 7]);
  await adoption.takePredecessors();
  expect(asked).toEqual(Array.from({ length: 3 }, () => [1_000, undefined]));
  expect(heard).toEqual([1_000, 1_000, 7]);
});
