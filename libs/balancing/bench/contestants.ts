import { createStrategy, STRATEGY_NAMES, type Backend, type Strategy } from '@balanza/balancing';

/** One row of the table. */
export interface Contestant {
  readonly title: string;
  /** Ready to pick among `backends`. */
  readonly prepare: (backends: readonly Backend[]) => Strategy;
}

const parts = { random: Math.random, now: Date.now };

/** Every strategy with its defaults. */
export const CONTESTANTS: readonly Contestant[] = STRATEGY_NAMES.map((name) => ({
  title: `\`${name}\``,
  prepare: (backends: readonly Backend[]) => {
    const strategy = createStrategy(name, parts);
    for (const backend of strategy.candidates(backends))
      strategy.observe?.(backend, { durationMs: 1 + Math.random() * 100, failed: false });
    return strategy;
  },
}));

/** `count` backends of weights 1 to 3 that all have something to do. */
export function someBackends(count: number): Backend[] {
  return Array.from({ length: count }, (_, index) => ({
    url: `http://10.0.${index >> 8}.${index & 255}:8080`,
    weight: 1 + (index % 3),
    activeConnections: 5 + (index % 7),
  }));
}
