import { parseArgs } from 'node:util';

/** What is tried, in this order. */
export const PARTS = [
  'incidents',
  'flaky',
  'partial',
  'storm',
  'slow',
  'busy',
  'streams',
  'slow-bodies',
] as const;
export type Part = (typeof PARTS)[number];

/** What the command line asks for. */
export interface Options {
  readonly parts: readonly Part[];
  /** Requests per second while things happen to the gateways. */
  readonly rate: number;
  /** Requests that are counted at least, for each of those things. */
  readonly requests: number;
  /** How long backends that fail or are slow are loaded, as a share of the whole time. */
  readonly share: number;
  /** The file to write the report to; `undefined`: nowhere. */
  readonly output: string | undefined;
}

export const USAGE = `npx nx resilience -- [options]
  --only <names>    ${PARTS.join(',')} (all of them)
  --rate <n>        requests per second of the incidents          (2000)
  --requests <n>    requests counted for each incident, at least  (50000; 5000 with --quick)
  --quick           a tenth of the requests, a quarter of the time
  --output <file>   where to write the report  (docs/benchmarks/resilience.md; nowhere with another option)
`;

const REQUESTS = 50_000;
const QUICK_REQUESTS = 5_000;
const QUICK_SHARE = 0.25;

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
      only: { type: 'string' },
      rate: { type: 'string' },
      requests: { type: 'string' },
      quick: { type: 'boolean', default: false },
      output: { type: 'string' },
    },
  });
  const { only, rate, requests, quick, output } = values;
  const isWhole = !quick && only === undefined && rate === undefined && requests === undefined;
  return {
    parts: partsOf(only),
    rate: numberOf('rate', rate, 2_000),
    requests: numberOf('requests', requests, quick ? QUICK_REQUESTS : REQUESTS),
    share: quick ? QUICK_SHARE : 1,
    output: output ?? (isWhole ? defaultOutput : undefined),
  };
}

function partsOf(only: string | undefined): readonly Part[] {
  const names = only?.split(',') ?? PARTS;
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: must be of ${PARTS.join(', ')}`);
  return PARTS.filter((part) => names.includes(part));
}

function numberOf(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new Error(`--${option} ${text}: must be a whole number from 1 to 1000000`);
}
