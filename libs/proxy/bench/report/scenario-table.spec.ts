import { expect, it } from 'vitest';
import type { Contestant } from '../contestants/contestant.ts';
import { scenarioTable } from './scenario-table.ts';
import { type Summary, summarise } from './summary.ts';

const FIGURES = {
  requests: 3_000,
  requestsPerSecond: 1_000,
  p50Micros: 1_000,
  p99Micros: 2_000,
  cpuMicros: 10,
  residentBytes: 20e6,
  errors: [],
};

function contestant(name: string, title: string): Contestant {
  return { name, title, version: '1', maxThreads: 1, command: () => ({ file: name, args: [] }) };
}

const nginx: Summary = { ...FIGURES, contestant: contestant('nginx', 'nginx') };
const ours: Summary = {
  ...FIGURES,
  contestant: contestant('ours', 'Ours'),
  requestsPerSecond: 1_250,
  p99Micros: 1_500,
  cpuMicros: 8.46,
};

it('a table compares everybody with the reference', () => {
  expect(scenarioTable([ours, nginx], 'nginx')).toBe(
    `
|       | CPU/request | ÷ nginx | requests/s | ÷ nginx |     p50 |     p99 | ÷ nginx | memory |
| ----- | ----------: | ------: | ---------: | ------: | ------: | ------: | ------: | -----: |
| Ours  |      8.5 µs |  0.85 × |      1,250 |  1.25 × | 1.00 ms | 1.50 ms |  0.75 × |  20 MB |
| nginx |     10.0 µs |  1.00 × |      1,000 |  1.00 × | 1.00 ms | 2.00 ms |  1.00 × |  20 MB |`.trim(),
  );
});

it('an error in one round leaves no figures, and without a valid reference nothing is compared', () => {
  const { contestant: who, ...fine } = nginx;
  const failed = summarise({
    contestant: who,
    measurements: [fine, { ...fine, errors: ['3 × socket read'] }, fine],
  });
  expect(scenarioTable([{ ...ours, cpuMicros: undefined }, failed], 'nginx')).toBe(
    `
|       | CPU/request | ÷ nginx | requests/s | ÷ nginx |     p50 |     p99 | ÷ nginx | memory |
| ----- | ----------: | ------: | ---------: | ------: | ------: | ------: | ------: | -----: |
| Ours  |           – |       – |      1,250 |       – | 1.00 ms | 1.50 ms |       – |  20 MB |
| nginx |           – |       – |          – |       – |       – |       – |       – |      – |

- nginx: not valid, 3 × socket read`.trim(),
  );
});
