import { expect, it } from 'vitest';
import { countTests, describeCount, failedTests } from './count-tests.ts';

it('adds up what vitest says of each project', () => {
  const output = [
    ' Test Files  3 passed (3)',
    '      Tests  41 passed (41)',
    '\u001B[2m      Tests \u001B[22m \u001B[31m2 failed\u001B[39m | \u001B[32m5 passed\u001B[39m | 1 skipped (8)',
    'Tests of the weather: 7 passed',
  ].join('\n');
  expect(countTests(output)).toEqual({ passed: 46, failed: 2, cached: 0 });
});

it('knows which of them Nx took from its cache', () => {
  const task = (name: string, source: string, passed: number) =>
    `\n> nx run ${name}:test${source}\n\n> vitest run\n\n      Tests  ${passed} passed (${passed})\n`;
  const output = [
    task('proxy', '', 1),
    task('tasks', '  [local cache]', 10),
    task('auth', '  \u001B[2m[existing outputs match the cache, left as is]\u001B[22m', 100),
    '\n NX   Successfully ran target test for 3 projects\n',
    '      Tests  1000 passed (1000)',
    task('e2e', '', 10_000),
  ].join('\n');
  expect(countTests(output)).toEqual({ passed: 11_111, failed: 0, cached: 110 });
});

it('says in a line what ran and what did not', () => {
  expect(describeCount({ passed: 46, failed: 2, cached: 0 })).toBe(
    "46 passed, 2 failed, none from Nx's cache",
  );
  expect(describeCount({ passed: 46, failed: 0, cached: 40 })).toBe(
    "46 passed, 0 failed; 40 that passed are from Nx's cache, where nothing changed: NX_SKIP_NX_CACHE=true npm test runs all",
  );
});

it('names the tests that failed, each once', () => {
  const output = [
    ' ❯ src/tunnel.spec.ts (2 tests | 2 failed) 40ms',
    '   × ends 10ms',
    '⎯⎯⎯ Failed Tests 2 ⎯⎯⎯',
    '\u001B[41m\u001B[1m FAIL \u001B[22m\u001B[49m libs/proxy/src/tunnel.spec.ts > a tunnel > ends',
    ' FAIL  libs/proxy/src/tunnel.spec.ts > a tunnel > lasts',
    'AssertionError: expected 1 to be 2',
    ' FAIL  libs/proxy/src/tunnel.spec.ts > a tunnel > ends',
    ' PASS of the weather',
  ].join('\n');
  expect(failedTests(output)).toEqual([
    'libs/proxy/src/tunnel.spec.ts > a tunnel > ends',
    'libs/proxy/src/tunnel.spec.ts > a tunnel > lasts',
  ]);
});
