import { type ScenarioResult, STEADY_SHARE } from '../benchmark.ts';
import { REFERENCE } from '../contestants/contestants.ts';
import { HEAD_BYTES } from '../load/load-request.ts';
import { count } from './figures.ts';
import type { Machine } from './machine.ts';
import { scenarioTable } from './scenario-table.ts';

export interface ReportOptions {
  readonly machine: Machine;
  /** Of the run, such as `2026-11-23`. */
  readonly date: string;
  readonly rounds: number;
  readonly seconds: number;
}

/** A scenario's title and table, in Markdown. */
export function scenarioSection({ scenario, rate, summaries }: ScenarioResult): string {
  const pace = rate === undefined ? '' : ` (${count(rate)} requests/s)`;
  return `## ${scenario.title}${pace}\n\n${scenarioTable(summaries, REFERENCE.name)}\n`;
}

/** The whole report, in Markdown. */
export function report(results: readonly ScenarioResult[], options: ReportOptions): string {
  const { machine, date, rounds, seconds } = options;
  return `# The proxy beside others

![CPU time for one request](proxy.svg)

Measured on ${date}:

${[...machine.facts, ...machine.warnings].map((fact) => `- ${fact}`).join('\n')}

Each figure is the median of ${rounds} rounds of ${seconds} s. In each round everybody is measured in turn, in every
other one in reverse. The proxy has the first core for itself (the first two, with two threads); the load and the
backend, an nginx that answers from memory, share the next. Request heads have ${HEAD_BYTES} bytes. Everybody does the same work:
keep-alive on both sides, \`X-Forwarded-For\`, \`-Proto\` and \`-Host\`, \`Via\` and \`X-Request-Id\` added, no access log.

CPU is that of all of the proxy's processes, user and system, divided by the answers; memory is what they have resident
after the last round. A run with any error gives no figures. At the constant rate, ${STEADY_SHARE * 100} % of nginx's peak, each
latency counts from when the request was due, whether or not a connection was free; the client wakes at least once a
millisecond, so differences below that may be its own.

${results.map(scenarioSection).join('\n')}
## To repeat it

On Debian: \`apt-get install nginx haproxy wrk util-linux\`, \`npm install\`, then \`npx nx bench proxy\` on a machine with
nothing else to do. \`npx nx bench proxy -- --help\` lists the options. What is not installed is left out.

\`npx nx bench proxy -- --against <commit>\` measures the working tree beside another commit: what a change costs, as the median
ratio of alternating pairs with its interval.
`;
}
