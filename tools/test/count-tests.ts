import { stripVTControlCharacters } from 'node:util';

/** How many tests passed and failed. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

/** Adds up the summaries (`Tests  1 failed | 41 passed (42)`) that vitest printed into `output`. */
export function countTests(output: string): TestCount {
  const summaries = stripVTControlCharacters(output).match(/^\s*Tests\s+\d.*$/gm) ?? [];
  const sum = (word: string) =>
    summaries.reduce((total, line) => total + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0);
  return { passed: sum('passed'), failed: sum('failed') };
}
