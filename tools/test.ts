/** `npm test`: everything that can be checked. With names of steps, such as `npm test -- unit e2e`, only those. */
import { environmentWith } from './stack/environment.ts';
import { countTests, describeCount, failedTests } from './test/count-tests.ts';
import { createScratch, removeScratch } from './test/scratch.ts';
import { runStep, type Step } from './test/step.ts';
import { reasonNotRun } from './test/unsupported.ts';

const STEPS: readonly Step[] = [
  { name: 'format', command: 'prettier --check --log-level warn .' },
  { name: 'build', command: 'nx run-many -t build' },
  { name: 'types', command: 'tsc -p tsconfig.spec.json && tsc -p tools' },
  { name: 'lint', command: 'nx run-many -t lint' },
  // Static, so that results from the cache are shown, and counted, too.
  { name: 'unit', command: 'nx run-many -t test --output-style=static' },
  { name: 'e2e', command: 'nx e2e --output-style=static' },
];

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no step ${unknown.join(', ')}; there are: ${STEPS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(1);
}
const steps = STEPS.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
const reason = reasonNotRun(
  process.platform,
  steps.map(({ name }) => name),
);
if (reason !== undefined) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const)
  process.on(signal, () => abort.abort());

const scratch = createScratch();
const env = environmentWith({ TMPDIR: scratch, TEMP: scratch, TMP: scratch });
const failed: string[] = [];
let output = '';
for (const step of steps) {
  if (abort.signal.aborted) break;
  process.stdout.write(`\n── ${step.name}: ${step.command}\n`);
  const result = await runStep(step, { abort: abort.signal, env });
  output += result.output;
  if (!result.ok) failed.push(step.name);
}
await removeScratch(scratch);

const verdict = failed.length === 0 ? 'Everything is fine.' : `Failed: ${failed.join(', ')}`;
process.stdout.write(`\n${abort.signal.aborted ? 'Interrupted.' : verdict}\n`);
for (const name of failedTests(output)) process.stdout.write(`  ✗ ${name}\n`);
process.stdout.write(`${describeCount(countTests(output))}\n`);
process.exitCode = failed.length === 0 && !abort.signal.aborted ? 0 : 1;
