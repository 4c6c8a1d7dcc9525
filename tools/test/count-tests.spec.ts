import { expect, it } from 'vitest';
import { countTests } from './count-tests.ts';

it('adds up what vitest says of each project', () => {
  const output = [
    ' Test Files  3 passed (3)',
    '      Tests  41 passed (41)',
    '\u001B[2m      Tests \u001B[22m \u001B[31m2 failed\u001B[39m | \u001B[32m5 passed\u001B[39m | 1 skipped (8)',
    'Tests of the weather: 7 passed',
  ].join('\n');
  expect(countTests(output)).toEqual({ passed: 46, failed: 2 });
});
