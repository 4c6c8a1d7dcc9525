import { markdownTable } from '@balanza/testing';
import type { Comparison, ComparedFigure } from '../against/comparison.ts';
import { count, cpuTime, latency } from './figures.ts';

const SHOWN: Readonly<
  Record<ComparedFigure['figure'], { readonly title: string; readonly format: (value: number) => string }>
> = {
  cpuMicros: { title: 'CPU/request', format: cpuTime },
  requestsPerSecond: { title: 'requests/s', format: count },
  p99Micros: { title: 'p99', format: latency },
};

/** The table of one scenario: each figure of both states, their ratio, and the interval of that. */
export function comparisonTable({ figures }: Comparison, baseTitle: string): string {
  return markdownTable(
    ['', 'working tree', baseTitle, 'ratio', 'interval', 'confidence'],
    figures.map(({ figure, subject, base, ratio }) => {
      const { title, format } = SHOWN[figure];
      const interval = `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}`;
      const confidence = `${(ratio.coverage * 100).toFixed(1)} %`;
      return [title, format(subject), format(base), `${ratio.median.toFixed(3)} ×`, interval, confidence];
    }),
  );
}
