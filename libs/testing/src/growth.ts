import { median } from './statistics.js';

/** Of CPU time for one measurement, in µs: systems count it in steps of some ms. */
const MEASURED_US = 30_000;
const ROUNDS = 5;

/**
 * How many times the CPU time of a piece of work grows when its input doubles: 2 where it is linear, 4 where it is quadratic. Counts
 * what this thread alone spends, in turns, so that the load of the machine touches both sides alike.
 *
 * @param work takes an input of `size` units, made before the measurement
 * @returns the median of several pairs
 */
export async function growth<T>(
  input: (size: number) => T,
  work: (input: T) => unknown,
  size: number,
): Promise<number> {
  const [single, double] = [input(size), input(2 * size)];
  let repeats = 1;
  while ((await microsOf(work, single, repeats)) < MEASURED_US) repeats *= 2;
  // Code that has yet to be compiled for this size would be measured otherwise.
  await microsOf(work, double, 1);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const least = await microsOf(work, single, repeats);
    ratios.push((await microsOf(work, double, repeats)) / least);
  }
  return median(ratios);
}

/** CPU time of this thread for so many runs. */
async function microsOf<T>(work: (input: T) => unknown, input: T, repeats: number): Promise<number> {
  const start = process.threadCpuUsage();
  for (let count = 0; count < repeats; count++) await work(input);
  const { user, system } = process.threadCpuUsage(start);
  return user + system;
}
