import type { Command } from '../processes/command.ts';

/** A proxy to be measured. All of them do the same work: see `contestants.spec.ts`. */
export interface Contestant {
  /** How `--only` calls it. */
  readonly name: string;
  /** What is shown. */
  readonly title: string;
  /** `undefined` when it is not installed. */
  readonly version: string | undefined;
  /** Threads, or worker processes, that it can use. */
  readonly maxThreads: number;
  readonly command: (place: ProxyPlace) => Command;
}

/** Where a proxy stands. */
export interface ProxyPlace {
  /** To listen on, on the loopback address. */
  readonly port: number;
  readonly backendPort: number;
  readonly threads: number;
  /** An existing folder of its own, for configuration and temporary files. */
  readonly folder: string;
}
