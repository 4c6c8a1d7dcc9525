import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Pace } from './pace.js';

it('hands over a mebibyte in a turn of the event loop, and what is left in later ones, in order', async () => {
  const pace = new Pace();
  const steps: number[] = [];
  const half = 512 * 1024;
  for (let n = 0; n < 5; n++)
    pace.run(() => {
      steps.push(n);
      return half;
    });
  expect(steps).toEqual([0, 1]);
  const counts: number[] = [];
  while (steps.length < 5) {
    await setImmediate();
    counts.push(steps.length);
  }
  expect(steps).toEqual([0, 1, 2, 3, 4]);
  expect(counts.filter((count, index) => count !== counts[index - 1])).toEqual([4, 5]);
});

it('lets what a step brings about wait behind the others', async () => {
  const pace = new Pace();
  const steps: string[] = [];
  const again = (name: string, times: number) => () => {
    steps.push(name);
    if (times > 1) pace.run(again(name, times - 1));
    return 1024 * 1024;
  };
  pace.run(again('first', 1));
  for (const name of ['a', 'b', 'c']) pace.run(again(name, 2));
  while (steps.length < 7) await setImmediate();
  expect(steps).toEqual(['first', 'a', 'b', 'c', 'a', 'b', 'c']);
});
