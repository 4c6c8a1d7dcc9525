/** `npx nx soak proxy`: millions of requests and very large bodies, with flat memory and nothing left over. `--help` lists the options. */
import { assertSystem } from '@balanza/testing';
import { soakLargeBodies } from './large-bodies.ts';
import { readOptions, USAGE } from './options.ts';
import { soakRequests } from './requests.ts';
import type { Finding } from './verdict.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<boolean> {
  if (args.includes('--help')) {
    print(USAGE);
    return true;
  }
  assertSystem('npx nx soak proxy', { what: '/proc', systems: ['linux'] });
  const options = readOptions(args);
  const findings: Finding[] = [];
  if (options.requests > 0) findings.push(...(await soakRequests(options, tell)));
  if (options.mebibytes > 0) findings.push(...(await soakLargeBodies(options.mebibytes, tell)));
  print('');
  for (const { what, value, good } of findings) print(`${good ? 'good' : 'BAD '}  ${what}: ${value}`);
  const bad = findings.filter(({ good }) => !good).length;
  print(bad === 0 ? '\nEverything is as it should be.' : `\n${bad} of ${findings.length} findings are bad.`);
  return bad === 0;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
