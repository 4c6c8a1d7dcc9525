import { expect, it } from 'vitest';
import { SMALL_SCENARIO } from '../scenarios.ts';
import { comparisonTable } from './comparison-table.ts';

it('a comparison shows both states, the ratio of the pairs and its interval', () => {
  const ratio = { median: 1.0204, low: 0.9871, high: 1.0362, coverage: 0.98828 };
  expect(
    comparisonTable(
      {
        scenario: SMALL_SCENARIO,
        figures: [
          { figure: 'cpuMicros', subject: 20.44, base: 20.03, ratio },
          { figure: 'requestsPerSecond', subject: 46_913, base: 47_900, ratio: { ...ratio, median: 0.98 } },
        ],
      },
      'main (7b125ee)',
    ),
  ).toBe(
    `
|             | working tree | main (7b125ee) |   ratio |    interval | confidence |
| ----------- | -----------: | -------------: | ------: | ----------: | ---------: |
| CPU/request |      20.4 µs |        20.0 µs | 1.020 × | 0.987–1.036 |     98.8 % |
| requests/s  |       46,913 |         47,900 | 0.980 × | 0.987–1.036 |     98.8 % |`.trim(),
  );
});
