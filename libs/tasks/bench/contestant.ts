/** A job system under test, at work in this process. */
export interface Contestant {
  readonly name: string;
  /** The process in which it is at work, where that is another one. */
  readonly process?: number;
  /** Takes a job in; resolves once it is on disk. */
  accept(payload: object): Promise<unknown>;
  /** How many jobs have been done since the start. */
  done(): number;
  stop(): Promise<void>;
}

/** What a contestant is to do. */
export interface Assignment {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Connections that it may have. */
  readonly connections: number;
  /** Jobs that it runs at once; 0 to run none. */
  readonly concurrency: number;
}

export type StartContestant = (assignment: Assignment) => Promise<Contestant>;
