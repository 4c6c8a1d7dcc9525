/**
 * `npx nx resilience`: what clients see while backends die, stop, fail and return. Writes docs/benchmarks/resilience.md, and ends
 * with 1 when anything is not as it must be. `--help` lists the options.
 */
import { assertSystem, busyWarning, machineFacts } from '@balanza/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useOwnSettings } from '../../tools/test/own-settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import { readOptions, USAGE } from './options.ts';
import { runPart, type Section } from './parts.ts';
import { report, sectionText } from './report.ts';

const OUTPUT = join(import.meta.dirname, '../../docs/benchmarks/resilience.md');

const print = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  useOwnSettings();
  if (args.includes('--help')) {
    print(USAGE);
    return;
  }
  assertSystem('npx nx resilience', { what: 'SIGSTOP and SIGCONT', systems: ['linux', 'darwin'] });
  const options = readOptions(args, OUTPUT);
  const circumstances = [...machineFacts(), `Balanza ${packageJson.version}`, busyWarning() ?? []].flat();
  for (const line of circumstances) tell(line);

  const sections: Section[] = [];
  for (const part of options.parts) {
    const section = await runPart(part, { ...options, onProgress: tell });
    sections.push(section);
    print(`\n${sectionText(section)}`);
  }
  if (options.output !== undefined) {
    writeFileSync(
      options.output,
      report(sections, { circumstances, date: new Date().toISOString().slice(0, 10) }),
    );
    tell(`Written to ${options.output}`);
  }
  const missed = sections.flatMap((section) => section.missed);
  if (missed.length > 0) throw new Error(`Not as it must be:\n${missed.join('\n')}`);
  print('Everything is as it must be.');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
