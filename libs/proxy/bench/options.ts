import { parseArgs } from 'node:util';
import { MIN_PAIRS } from './against/comparison.ts';
import { CONTESTANTS } from './contestants/contestants.ts';
import { SCENARIOS, SMALL_SCENARIO } from './scenarios.ts';

/** What the command line asks for. */
export interface Options {
  readonly rounds: number;
  /** How long each proxy is measured in each round. */
  readonly seconds: number;
  /** Names of contestants. */
  readonly only: readonly string[];
  /** Names of scenarios. */
  readonly scenarios: readonly string[];
  /** Requests per second of the steady scenario; `undefined`: a share of what nginx reached. */
  readonly rate: number | undefined;
  /** The commit to compare the working tree with, in place of other proxies; `undefined`: the other proxies. */
  readonly against: string | undefined;
  /** The folder to write the report to; `undefined`: nowhere. */
  readonly output: string | undefined;
}

export const USAGE = `npx nx bench proxy -- [options]
  --rounds <n>        rounds; each proxy is measured once in each      (5)
  --seconds <n>       seconds of one measurement                       (3)
  --only <names>      ${CONTESTANTS.map(({ name }) => name).join(',')}
  --scenario <names>  ${SCENARIOS.map(({ name }) => name).join(',')}
  --rate <n>          requests/s of the steady scenario   (80 % of nginx's in the small one)
  --against <commit>  measures the working tree beside another commit, which is installed and built in a temporary folder, in
                      ${MIN_PAIRS} or more alternating pairs (--rounds); the scenario is ${SMALL_SCENARIO.name} unless --scenario says otherwise
  --output <folder>   where to write proxy.md and proxy.svg (docs/benchmarks; nowhere with --only or --scenario)
`;

/**
 * Reads the command line.
 *
 * @param defaultOutput where a whole run is written to
 * @throws Error that says which option is wrong
 */
export function readOptions(args: readonly string[], defaultOutput: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '3' },
      only: { type: 'string' },
      scenario: { type: 'string' },
      rate: { type: 'string' },
      against: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const { against } = values;
  const isWhole = values.only === undefined && values.scenario === undefined;
  if (against !== undefined) refuseBesideAgainst(values);
  return {
    rounds:
      against === undefined
        ? numberOf('rounds', values.rounds ?? '5', 100)
        : numberOf('rounds', values.rounds ?? `${MIN_PAIRS}`, 100, MIN_PAIRS),
    seconds: numberOf('seconds', values.seconds, 600),
    only: namesOf('only', values.only, CONTESTANTS),
    scenarios: namesOf(
      'scenario',
      values.scenario ?? (against && SMALL_SCENARIO.name),
      against === undefined ? SCENARIOS : SCENARIOS.filter(({ load }) => load === 'peak'),
    ),
    rate: values.rate === undefined ? undefined : numberOf('rate', values.rate, 1_000_000),
    against,
    output: values.output ?? (isWhole && against === undefined ? defaultOutput : undefined),
  };
}

function refuseBesideAgainst(values: Readonly<{ only?: string; rate?: string; output?: string }>): void {
  for (const option of ['only', 'rate', 'output'] as const)
    if (values[option] !== undefined)
      throw new Error(
        `--${option}: not with --against, which prints how two states of Balanza compare at full load`,
      );
}

function numberOf(option: string, text: string, max: number, min = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${option} ${text}: must be a whole number from ${min} to ${max}`);
}

function namesOf(
  option: string,
  text: string | undefined,
  known: readonly { readonly name: string }[],
): readonly string[] {
  const all = known.map(({ name }) => name);
  const names = text?.split(',') ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: must be of ${all.join(', ')}`);
  return names;
}
