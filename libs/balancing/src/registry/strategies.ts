import { BoundedLoad, DEFAULT_FACTOR } from '../bounded-load.js';
import { MAX_POINTS, wantedPoints } from '../hash/ring.js';
import { LeastConnections } from '../least-connections.js';
import { DEFAULT_TABLE_SIZE, Maglev } from '../maglev.js';
import { NEXT } from '../order/rotation.js';
import { TIES, type Ties, type TiesOptions } from '../order/ties.js';
import { DEFAULT_DECAY_MS, PeakEwma, peakEwmaCells } from '../peak-ewma.js';
import { PowerOfTwo } from '../power-of-two.js';
import { Random } from '../random.js';
import { Rendezvous } from '../rendezvous.js';
import { DEFAULT_POINTS_PER_WEIGHT, RingHash } from '../ring-hash.js';
import { RoundRobin } from '../round-robin.js';
import { SmoothWeightedRoundRobin } from '../smooth-weighted-round-robin.js';
import type { Backend, Cells, Strategy } from '../strategy.js';
import { WeightedLeastConnections } from '../weighted-least-connections.js';
import { numbersOf, settingProblems, withDefaults, type Setting, type SettingValues } from './setting.js';

/** What a strategy may be made with. */
export interface StrategyParts {
  /** Where it keeps its numbers; a `Map` of its own unless given. */
  readonly cells?: Cells;
  /** Uniform from 0 to below 1, such as `Math.random`. */
  readonly random: () => number;
  /** In ms, the same for all threads that share the cells; best of a clock that is never set back. */
  readonly now: () => number;
}

/** One strategy, as configuration, documentation and administration see it. */
export interface StrategyDefinition {
  /** When to choose it, in a sentence. */
  readonly advice: string;
  /** Whether a backend's weight counts. */
  readonly weighted: boolean;
  /** Whether it hashes a key of the request. */
  readonly hashes: boolean;
  readonly settings: readonly Setting[];
  /** The names of the cells that it needs for these backends. */
  cells(backends: readonly Pick<Backend, 'url'>[]): string[];
  /** What these backends and settings lead to that is not to be expected, in a sentence; undefined where there is nothing. */
  caution?(backends: readonly Pick<Backend, 'weight'>[], settings: SettingValues): string | undefined;
  create<B extends Backend>(parts: StrategyParts, settings: SettingValues): Strategy<B>;
}

const POINTS_PER_WEIGHT: Setting = {
  name: 'pointsPerWeight',
  kind: 'whole number',
  default: DEFAULT_POINTS_PER_WEIGHT,
  min: 1,
  max: 10_000,
  unit: 'points',
  advice: `Raise it to share keys more evenly among few backends, for memory; a ring has ${MAX_POINTS} at most.`,
};

/** Beyond the limit of points there are not as many for each unit of weight, as there are in nginx. */
function cautionOfRing(
  backends: readonly Pick<Backend, 'weight'>[],
  settings: SettingValues,
): string | undefined {
  const wanted = wantedPoints(backends, Number(settings['pointsPerWeight']));
  return wanted <= MAX_POINTS
    ? undefined
    : `The ring would have ${wanted} points (the sum of the weights × pointsPerWeight), of ${MAX_POINTS} at most: each backend has fewer, and keys go to other backends than with nginx. Lower the weights, in the same proportion, or pointsPerWeight`;
}

function cautionOfTable(
  backends: readonly Pick<Backend, 'weight'>[],
  settings: SettingValues,
): string | undefined {
  const weights = backends.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const needed = Math.ceil(total / Math.min(...weights));
  const size = Number(settings['tableSize']);
  return backends.length === 0 || size >= needed
    ? undefined
    : `The table has ${size} slots, and needs ${needed} for the lightest backend to have one: a backend without a slot gets no requests while others can be used. Raise tableSize, or the weight of the lightest`;
}

const none = (): string[] => [];

/** The place of a rotation is one for all backends. */
const rotation = (): string[] => [NEXT];

function tiesOptions({ cells }: StrategyParts, { ties }: SettingValues): TiesOptions {
  return { ties: ties as Ties, ...(cells === undefined ? {} : { cells }) };
}

/** Every strategy by the name that configurations call it. */
export const STRATEGIES = {
  'round-robin': {
    advice: 'Backends are alike and so are requests.',
    weighted: false,
    hashes: false,
    settings: [],
    cells: rotation,
    create: ({ cells }) => new RoundRobin(cells),
  },
  'weighted-round-robin': {
    advice: 'Backends differ in size and requests are alike.',
    weighted: true,
    hashes: false,
    settings: [],
    cells: (backends) => backends.map(({ url }) => url),
    create: ({ cells }) => new SmoothWeightedRoundRobin(cells),
  },
  'least-connections': {
    advice: 'Requests differ much in how long they take.',
    weighted: false,
    hashes: false,
    settings: [TIES],
    cells: rotation,
    create: (parts, settings) => new LeastConnections(tiesOptions(parts, settings)),
  },
  'weighted-least-connections': {
    advice: 'Requests differ in how long they take, and backends in size.',
    weighted: true,
    hashes: false,
    settings: [TIES],
    cells: rotation,
    create: (parts, settings) => new WeightedLeastConnections(tiesOptions(parts, settings)),
  },
  random: {
    advice: 'Many balancers share the backends and none should know anything.',
    weighted: true,
    hashes: false,
    settings: [],
    cells: none,
    create: ({ random }) => new Random({ random }),
  },
  'power-of-two': {
    advice: 'As least connections, with many backends or many balancers before them.',
    weighted: true,
    hashes: false,
    settings: [],
    cells: none,
    create: ({ random }) => new PowerOfTwo({ random }),
  },
  'peak-ewma': {
    advice: 'Backends become slow now and then, and requests should avoid them before they fail.',
    weighted: true,
    hashes: false,
    settings: [
      {
        name: 'decayMs',
        kind: 'number',
        default: DEFAULT_DECAY_MS,
        min: 1,
        max: 3_600_000,
        unit: 'ms',
        advice: 'Lower it to forgive a slow backend sooner; keep it well above how long a request takes.',
      },
    ],
    cells: peakEwmaCells,
    create: ({ cells, random, now }, settings) =>
      new PeakEwma({ ...(cells === undefined ? {} : { cells }), random, now, ...numbersOf(settings) }),
  },
  'ring-hash': {
    advice: 'The same key should meet the same backend, as in nginx; for caches and sessions.',
    weighted: true,
    hashes: true,
    settings: [POINTS_PER_WEIGHT],
    cells: none,
    caution: cautionOfRing,
    create: (_, settings) => new RingHash(numbersOf(settings)),
  },
  maglev: {
    advice:
      'As ring hash, with keys shared more evenly and found sooner, though a few more move when backends change.',
    weighted: true,
    hashes: true,
    settings: [
      {
        name: 'tableSize',
        kind: 'prime number',
        default: DEFAULT_TABLE_SIZE,
        min: 2,
        max: 5_000_011,
        unit: 'slots',
        advice:
          'Keep it above a hundred times the number of backends, or the sum of their weights where they differ.',
      },
    ],
    cells: none,
    caution: cautionOfTable,
    create: (_, settings) => new Maglev(numbersOf(settings)),
  },
  rendezvous: {
    advice: 'As ring hash, with few backends and shares that follow the weights exactly.',
    weighted: true,
    hashes: true,
    settings: [],
    cells: none,
    create: () => new Rendezvous(),
  },
  'bounded-load': {
    advice: 'As ring hash, where some keys are so popular that one backend could not bear them.',
    weighted: true,
    hashes: true,
    settings: [
      {
        name: 'factor',
        kind: 'number',
        default: DEFAULT_FACTOR,
        min: 1.01,
        max: 10,
        unit: '',
        advice:
          'Lower it for more even load, raise it for fewer requests away from the backend of their key.',
      },
      POINTS_PER_WEIGHT,
    ],
    cells: none,
    caution: cautionOfRing,
    create: (_, settings) => new BoundedLoad(numbersOf(settings)),
  },
} as const satisfies Readonly<Record<string, StrategyDefinition>>;

/** A name of {@link STRATEGIES}. */
export type StrategyName = keyof typeof STRATEGIES;

/** All names, in the order of {@link STRATEGIES}. */
export const STRATEGY_NAMES = Object.keys(STRATEGIES) as readonly StrategyName[];

/**
 * What a strategy does with these backends that is not to be expected of it; undefined where there is nothing.
 *
 * @param given as for {@link createStrategy}
 */
export function cautionOf(
  name: StrategyName,
  backends: readonly Pick<Backend, 'weight'>[],
  given: SettingValues,
): string | undefined {
  const definition: StrategyDefinition = STRATEGIES[name];
  return definition.caution?.(backends, withDefaults(definition.settings, given));
}

/**
 * Makes the strategy of this name.
 *
 * @param given values for its settings; the others have their defaults
 * @throws RangeError that names each value which is not allowed, and what is
 */
export function createStrategy<B extends Backend = Backend>(
  name: StrategyName,
  parts: StrategyParts,
  given: SettingValues = {},
): Strategy<B> {
  const definition: StrategyDefinition = STRATEGIES[name];
  const problems = settingProblems(definition.settings, given);
  if (problems.length > 0)
    throw new RangeError(
      problems
        .map((problem) => `${name}.${problem.name} = ${String(problem.value)}: ${problem.message}`)
        .join('; '),
    );
  return definition.create(parts, withDefaults(definition.settings, given));
}
