import { expect, it } from 'vitest';
import { SingleFlight } from './single-flight.js';

it('makes one call for concurrent callers of a key, and another for the next', async () => {
  const flight = new SingleFlight();
  let calls = 0;
  const produce = () => Promise.resolve(++calls);
  expect(await Promise.all([flight.run('a', produce), flight.run('a', produce)])).toEqual([1, 1]);
  expect(await flight.run('a', produce)).toBe(2);
  expect(flight.size).toBe(0);
});

it('keeps keys apart', async () => {
  const flight = new SingleFlight();
  const of = (key: string) => flight.run(key, () => Promise.resolve(key));
  expect(await Promise.all([of('a'), of('b')])).toEqual(['a', 'b']);
});

it('shares a failure, however it comes, and forgets it', async () => {
  const flight = new SingleFlight();
  const fail = () => {
    throw new Error('no');
  };
  const results = await Promise.allSettled([flight.run('a', fail), flight.run('a', fail)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await flight.run('a', () => Promise.resolve(1))).toBe(1);
});
