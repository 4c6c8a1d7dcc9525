/** `npx nx bench balancing`: what a pick costs, by strategy and number of backends. */
import { busyWarning, machineFacts, markdownTable } from '@balanza/testing';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTESTANTS, someBackends, type Contestant } from './contestants.ts';
import { millisPerTable, nanosPerPick } from './measure.ts';

const OUTPUT = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url));
const COUNTS = [3, 10, 100, 1_000];
const LARGEST = 1_000;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function rowOf({ title, prepare }: Contestant): string[] {
  const picks = COUNTS.map((count) => {
    const backends = someBackends(count);
    return `${whole.format(nanosPerPick(prepare(backends), backends))} ns`;
  });
  const largest = someBackends(LARGEST);
  return [title, ...picks, `${millisPerTable(prepare(largest), largest).toFixed(1)} ms`];
}

const circumstances = [...machineFacts(), busyWarning() ?? []].flat();
// The first to be measured would pay for what the engine has yet to compile.
for (const contestant of CONTESTANTS) rowOf(contestant);
const table = markdownTable(
  [
    'backends',
    ...COUNTS.map((count) => whole.format(count)),
    `first pick of ${whole.format(LARGEST)} after a change`,
  ],
  CONTESTANTS.map(rowOf),
);
process.stdout.write(`${table}\n`);

mkdirSync(OUTPUT, { recursive: true });
writeFileSync(
  join(OUTPUT, 'balancing.md'),
  `# What a pick costs

Measured on ${new Date().toISOString().slice(0, 10)}:

${circumstances.map((fact) => `- ${fact}`).join('\n')}

The CPU time from a request to its first candidate, in one thread, all strategies one after the other in one process.
Backends have weights 1 to 3, requests 1,024 different keys, strategies their defaults and their numbers in a \`Map\`. When
the list of backends changes, strategies with a table make a new one: the last column has that.

${table}

\`npx nx bench balancing\` repeats it.
`,
);
