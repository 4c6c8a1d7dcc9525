/** What a worker is called in the database. */
export interface WorkerIdentity {
  /** One run of one process. */
  readonly instance: string;
  /** Outlives the process: whoever starts under the same name takes its place. */
  readonly name: string;
}
