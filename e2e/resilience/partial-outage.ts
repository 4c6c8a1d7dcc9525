import { STRATEGY_NAMES } from '@balanza/balancing';
import { freePorts } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { ownBackend, ownBalancer, type Answer } from './own-balancer.ts';
import { SteadyLoad, type LoadReport } from './steady-load.ts';

/** What a backend does: serves · listens to nothing · answers 503 · answers every other request with 503. */
type Kind = 'good' | 'dead' | 'failing' | 'flaky';

const good: Answer = (response) => response.end('good');
const failing: Answer = (response) => response.writeHead(503).end('bad');
const flaky: Answer = (response, number) => (number % 2 === 0 ? good : failing)(response, number);
const ANSWERS: Readonly<Record<Exclude<Kind, 'dead'>, Answer>> = { good, failing, flaky };

const UNCHECKED = { health: { check: 'off' } };

interface Mixture {
  readonly kinds: readonly Kind[];
  readonly strategy?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const MIXTURES: readonly Mixture[] = [
  { kinds: ['good', 'dead', 'failing'] },
  { kinds: ['failing', 'dead', 'good'] },
  { kinds: ['good', 'dead', 'failing'], settings: UNCHECKED },
  { kinds: ['failing', 'good'] },
  { kinds: ['dead', 'dead', 'failing', 'good'] },
  { kinds: ['failing', 'failing', 'good'] },
  { kinds: ['flaky', 'dead', 'good'] },
  ...STRATEGY_NAMES.filter((name) => name !== 'round-robin').map((strategy): Mixture => ({
    kinds: ['failing', 'dead', 'good'],
    strategy,
    settings: UNCHECKED,
  })),
];

export interface PartialOutageResult {
  readonly what: string;
  readonly report: LoadReport;
}

/** Sends `requests` GETs to balancers that have just started, before backends of which one is healthy. */
export async function* partialOutage(requests: number, rate: number): AsyncGenerator<PartialOutageResult> {
  for (const { kinds, strategy = 'round-robin', settings = {} } of MIXTURES) {
    await using stack = new AsyncDisposableStack();
    const backends: { readonly url: string }[] = [];
    for (const kind of kinds) {
      if (kind === 'dead') backends.push({ url: `http://127.0.0.1:${(await freePorts(1))[0]}` });
      else backends.push(stack.use(await ownBackend(ANSWERS[kind])));
    }
    const { origin } = stack.use(await ownBalancer(backends, { strategy, ...settings }));
    const load = new SteadyLoad({ origin, path: '/', rate });
    await setTimeout((requests * 1_000) / rate);
    await load.untilSent(requests);
    const checks = settings === UNCHECKED ? ', without checks' : '';
    yield { what: `${kinds.join(', ')}: ${strategy}${checks}`, report: await load.stop() };
  }
}
