import { stripVTControlCharacters } from 'node:util';

/** How many tests passed and failed. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** How many of those that passed did so in an earlier run, whose output Nx had kept. */
  readonly cached: number;
}

/** The line before what a task printed, such as `> nx run proxy:test  [local cache]`, or before what Nx says itself. */
const TASK = /^(?=> nx run | NX {3})/m;
/** How that line ends when Nx did not run the task (24.0: `local cache`, `remote cache`, `existing outputs match the cache, left as is`). */
const FROM_CACHE = /^> nx run .*\[.*\bcache\b.*\]$/m;

/** Adds up the summaries (`Tests  1 failed | 41 passed (42)`) that vitest printed into `output`, run by Nx or not. */
export function countTests(output: string): TestCount {
  const tasks = stripVTControlCharacters(output).split(TASK);
  const sum = (word: string, texts: readonly string[]) =>
    texts
      .flatMap((text) => text.match(/^\s*Tests\s+\d.*$/gm) ?? [])
      .reduce((total, line) => total + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0);
  return {
    passed: sum('passed', tasks),
    failed: sum('failed', tasks),
    cached: sum(
      'passed',
      tasks.filter((task) => FROM_CACHE.test(task)),
    ),
  };
}

/** Where vitest says again, after all else, what failed: ` FAIL  libs/proxy/src/tunnel.spec.ts > a tunnel > ends`. */
const FAILED_TEST = /^\s*FAIL {2}(\S.*)$/gm;

/** The names of the tests that failed, each with its file before it. */
export function failedTests(output: string): string[] {
  const found = stripVTControlCharacters(output).matchAll(FAILED_TEST);
  return [...new Set([...found].map(([, name = '']) => name.trim()))];
}

/** The count in a line, which says how to run what was not run. */
export function describeCount({ passed, failed, cached }: TestCount): string {
  const count = `${passed} passed, ${failed} failed`;
  if (cached === 0) return `${count}, none from Nx's cache`;
  return `${count}; ${cached} that passed are from Nx's cache, where nothing changed: NX_SKIP_NX_CACHE=true npm test runs all`;
}
