/** A backend as a strategy sees it. */
export interface Backend {
  /** Scheme, host and port; unique among the backends of one balancer. */
  readonly url: string;
  /** Share of requests relative to the other backends; a positive whole number. */
  readonly weight: number;
  /** What it is busy with right now. */
  readonly activeConnections: number;
  /**
   * The part of its usual load that it is to have now: 1 unless given, less while it comes back, 0 while it is out. Strategies that
   * look at loads heed it; from the others whoever takes their candidates has to keep the rest away.
   */
  readonly share?: number;
}

/**
 * Orders the backends for one request. It knows nothing of limits, failures or I/O: those filter what it yields.
 *
 * Whoever consumes the candidates takes the first that it can use, and comes back for the next one only when
 * that one could not be reached. A strategy updates its state as each candidate is yielded, so one that is skipped
 * costs the others no fairness.
 */
export interface Strategy<B extends Backend = Backend> {
  /**
   * Each of `backends` at most once, best first.
   *
   * @param backends all there are. The same array means the same backends with the same weights, so that tables can be
   *   kept for it; a change of either comes as another array
   * @param key what strategies that hash do hash, from a {@link HashKey}; all requests without one go the same way
   */
  candidates(backends: readonly B[], key?: string): Iterable<B>;
  /**
   * Makes what it keeps of this list before a request needs it, where that takes long. It touches no cells: threads that share them do
   * this side by side.
   */
  prepare?(backends: readonly B[]): void;
  /**
   * Told of each answer that begins, and of each request that gets none, where the strategy learns from that. Threads that share its cells do so one at a
   * time, as they do with `candidates`.
   */
  observe?(backend: B, outcome: Outcome): void;
  /** What the strategy itself keeps about a backend, for people to look at; changes nothing. */
  inspect?(backend: B): Readonly<Record<string, number>>;
}

/** How a request to a backend went. */
export interface Outcome {
  /** From when the backend was chosen to when its answer began, or to when it was known that none comes, in ms. */
  readonly durationMs: number;
  /** The backend gave no whole answer, one that says it is broken itself, or refused: how soon it did so is no merit. */
  readonly failed: boolean;
}

/**
 * Whole numbers of 32 bits that a strategy keeps from request to request, by name: an ordinary `Map`, or one in memory
 * that the threads of one balancer share.
 */
export interface Cells {
  readonly size: number;
  keys(): Iterable<string>;
  get(name: string): number | undefined;
  set(name: string, value: number): unknown;
  delete(name: string): unknown;
}
