import type { ScenarioResult } from '../benchmark.ts';
import { BALANZA } from '../contestants/contestants.ts';
import { LARGE_SCENARIO, SMALL_SCENARIO } from '../scenarios.ts';
import { barPlot } from './bar-plot.ts';
import { cpuTime } from './figures.ts';

const PLOTTED = new Set([SMALL_SCENARIO, LARGE_SCENARIO]);

/** The CPU time of one request, by contestant, as an SVG document; `undefined` when none was measured. */
export function cpuPlot(results: readonly ScenarioResult[], subtitle: string): string | undefined {
  const groups = results
    .filter(({ scenario }) => PLOTTED.has(scenario))
    .map(({ scenario, summaries }) => ({
      title: scenario.title,
      bars: summaries
        .flatMap(({ contestant, cpuMicros, errors }) =>
          cpuMicros === undefined || errors.length > 0
            ? []
            : [{ label: contestant.title, value: cpuMicros, isOurs: contestant === BALANZA }],
        )
        .toSorted((a, b) => a.value - b.value),
    }))
    .filter(({ bars }) => bars.length > 0);
  if (groups.length === 0) return undefined;
  return barPlot({ title: 'CPU time of the proxy for one request', subtitle, groups, format: cpuTime });
}
