import type { LoadReport } from '@balanza/contracts';
import { LOGGER, type Logger } from '@balanza/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { ControlPlane } from '../control/control-plane.js';

/** The strategy for which a weight means how much a backend does at once. */
const STRATEGY = 'weighted-least-connections';
/** Of a weight. */
const MAX_WEIGHT = 1_000;

/**
 * Gives each worker the number of tasks that it runs at once as its weight, while the strategy is weighted least connections.
 * Only what a worker reports anew is taken: a weight that an operator gives it stays until the worker changes.
 */
@Injectable()
export class ReportedWeights {
  readonly #applied = new Map<string, number>();

  constructor(
    private readonly control: ControlPlane,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  accept({ url, instance, concurrency }: LoadReport): void {
    const { strategy, backends } = this.control.state;
    const weight = Math.min(concurrency ?? 0, MAX_WEIGHT);
    const backend = backends.find((each) => each.url === url);
    // Who is removed, and comes back as what the configuration says, is told anew.
    if (backend === undefined) this.#applied.delete(url);
    if (weight === 0 || strategy.name !== STRATEGY || backend === undefined) return;
    if (this.#applied.get(url) === weight) return;
    this.#applied.set(url, weight);
    if (backend.weight === weight) return;
    const change = { backends: { add: [], update: [{ url, weight }], remove: [] } };
    this.control.change(change, `worker ${instance}`).catch((error: unknown) => {
      this.#applied.delete(url);
      this.logger.warn({ err: error }, 'a reported weight cannot be given');
    });
  }
}
