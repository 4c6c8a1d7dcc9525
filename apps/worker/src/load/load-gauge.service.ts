import type { LoadFigures } from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Injectable } from '@nestjs/common';

/** How many tasks this worker has in hand, and a number for each time that somebody is told. */
@Injectable()
export class LoadGauge {
  readonly #instance: string;
  #active = 0;
  #sequence = 0;
  #listener: (() => void) | undefined;

  constructor(@Inject(PROCESS_CONTEXT) { instance }: ProcessContext) {
    this.#instance = instance;
  }

  set(active: number): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#listener?.();
  }

  /** Who is told that the load has changed. */
  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** The load now, under a number of its own: whoever hears of several knows which is the latest. */
  read(): LoadFigures {
    return { instance: this.#instance, sequence: ++this.#sequence, active_tasks: this.#active };
  }
}
