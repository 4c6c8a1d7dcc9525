import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  readonly requests: number;
  readonly connections: number;
  /** MiB of the large bodies; 0 for none. */
  readonly mebibytes: number;
}

export const USAGE = `npx nx soak proxy -- [options]
  --requests <n>      requests through one proxy, all checked; 0 for none           (2000000)
  --connections <n>   clients that ask at once                                      (64)
  --mebibytes <n>     of an upload, a download and a tunnel through two proxies;
                      0 for none                                                    (1024)
`;

/** Reads the command line. @throws Error that says which option is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '2000000' },
      connections: { type: 'string', default: '64' },
      mebibytes: { type: 'string', default: '1024' },
    },
  });
  return {
    requests: numberOf('requests', values.requests, 0, 1e9),
    connections: numberOf('connections', values.connections, 1, 2_000),
    mebibytes: numberOf('mebibytes', values.mebibytes, 0, 1e6),
  };
}

function numberOf(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${option} ${text}: must be a whole number from ${min} to ${max}`);
}
