/** `npx nx bench proxy`: measures the proxy beside others. `--help` lists the options. */
import { temporaryFolder } from '@balanza/testing';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useOwnSettings } from '../../../tools/test/own-settings.ts';
import { runAgainst } from './against/run-against.ts';
import { runBenchmark, type ScenarioResult } from './benchmark.ts';
import type { Contestant } from './contestants/contestant.ts';
import { CONTESTANTS } from './contestants/contestants.ts';
import { wrkProgram } from './load/wrk.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { Processes } from './processes/processes.ts';
import { comparisonTable } from './report/comparison-table.ts';
import { cpuPlot } from './report/cpu-plot.ts';
import { describeMachine } from './report/machine.ts';
import { report, scenarioSection } from './report/report.ts';
import { SCENARIOS } from './scenarios.ts';

const OUTPUT = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url));
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const print = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    print(USAGE);
    return;
  }
  const options = readOptions(args, OUTPUT);
  useOwnSettings();
  if (wrkProgram === undefined) throw new Error('wrk is not installed (on Debian: apt-get install wrk)');
  const machine = describeMachine();
  for (const line of [...machine.facts, ...machine.warnings]) tell(line);

  const processes = new Processes();
  using folder = temporaryFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      tell('Interrupted; ending what was started.');
      void processes.close().finally(() => {
        folder[Symbol.dispose]();
        process.exit(EXIT_CODES[signal]);
      });
    });
  }
  const scenarios = SCENARIOS.filter(({ name }) => options.scenarios.includes(name));
  try {
    if (options.against !== undefined) {
      const { title, comparisons } = await runAgainst(processes, options.against, {
        ...options,
        scenarios,
        folder: folder.path,
        onProgress: tell,
      });
      for (const comparison of comparisons)
        print(
          `
## ${comparison.scenario.title}, ${options.rounds} pairs of ${options.seconds} s

${comparisonTable(comparison, title)}`,
        );
      return;
    }
    const results = await runBenchmark(processes, {
      ...options,
      contestants: installed(options),
      scenarios,
      folder: folder.path,
      onProgress: tell,
      onResult: (result) => print(`\n${scenarioSection(result)}`),
    });
    if (options.output !== undefined) {
      const date = new Date().toISOString().slice(0, 10);
      write(options.output, results, report(results, { ...options, machine, date }), date);
    }
  } finally {
    await processes.close();
  }
}

function installed({ only }: Options): readonly Contestant[] {
  const chosen = CONTESTANTS.filter(({ name }) => only.includes(name));
  for (const { title, version } of chosen) {
    if (version === undefined) tell(`skipped ${title}: it is not installed`);
  }
  return chosen.filter(({ version }) => version !== undefined);
}

function write(folder: string, results: readonly ScenarioResult[], markdown: string, date: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'proxy.md'), markdown);
  const plot = cpuPlot(results, `Microseconds on one core, less is better; ${date}`);
  if (plot !== undefined) writeFileSync(join(folder, 'proxy.svg'), plot);
  tell(`Written to ${folder}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
