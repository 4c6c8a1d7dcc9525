import { describe, expect, it } from 'vitest';
import { formatLoadHeader, parseLoadHeader } from './load-report.js';

const figures = { instance: '00c0ffee', sequence: 12, active_tasks: 3 };

describe('the load header', () => {
  it('is written in the text form of ORCA', () => {
    expect(formatLoadHeader(figures)).toBe(
      'TEXT named_metrics.active_tasks=3, named_metrics.sequence=12, named_metrics.instance=12648430',
    );
  });

  it.each([figures, { instance: 'ffffffff', sequence: 0, active_tasks: 0 }])(
    'reads back what was written',
    (written) => {
      expect(parseLoadHeader(formatLoadHeader(written))).toEqual(written);
    },
  );

  it('may have other metrics beside ours', () => {
    expect(parseLoadHeader(`${formatLoadHeader(figures)}, cpu_utilization=0.3`)).toEqual(figures);
  });

  it.each([
    '',
    'JSON {"named_metrics":{}}',
    'TEXT named_metrics.active_tasks=3',
    'TEXT named_metrics.active_tasks=-1, named_metrics.sequence=12, named_metrics.instance=1',
    'TEXT named_metrics.active_tasks=1.5, named_metrics.sequence=12, named_metrics.instance=1',
    'TEXT named_metrics.active_tasks=1, named_metrics.sequence=12, named_metrics.instance=4294967296',
    `${formatLoadHeader(figures)}${' '.repeat(1024)}`,
  ])('is ignored when it makes no sense: %s', (header) => {
    expect(parseLoadHeader(header)).toBeUndefined();
  });
});
