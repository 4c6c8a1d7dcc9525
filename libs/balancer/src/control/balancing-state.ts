import type { ErrorDetail } from '@balanza/contracts';
import {
  backendMode,
  knownMembers,
  MAX_BACKENDS,
  originUrl,
  strategyChoice,
  weight,
  type BackendMode,
  type StrategyChoice,
} from '@balanza/topology';
import { z } from 'zod';

/** A backend as it is wanted; its URL may have a name that stands for several. */
export interface WantedBackend {
  readonly url: string;
  readonly weight: number;
  readonly mode: BackendMode;
}

/** What operators decide about one balancer: by its file at first, and over the control API. */
export interface BalancingState {
  readonly strategy: StrategyChoice;
  readonly backends: readonly WantedBackend[];
}

const url = originUrl(['http']).describe('Scheme, host and port; every address of a name is a backend');
const listOf = <T extends z.ZodType>(item: T) =>
  z.array(item, 'must be a list').max(MAX_BACKENDS, `must be at most ${MAX_BACKENDS}`);

/** A backend that is to be added. */
export const newBackend = knownMembers({
  url,
  weight: weight.default(1).describe('Share of requests relative to the others'),
  mode: backendMode.default('ready'),
});
export type NewBackend = z.output<typeof newBackend>;

/** What can be changed about a backend; what is not named stays. */
export const backendUpdate = knownMembers({ weight: weight.optional(), mode: backendMode.optional() });
export type BackendUpdate = z.output<typeof backendUpdate>;

/** Several changes, of which all are made or none. */
export const balancingChange = knownMembers({
  version: z
    .int('must be a whole number')
    .optional()
    .describe('Where given, nothing is changed unless this is still the version'),
  strategy: strategyChoice.optional(),
  backends: knownMembers({
    add: listOf(newBackend).default([]),
    update: listOf(backendUpdate.extend({ url })).default([]),
    remove: listOf(url).default([]),
  }).prefault({}),
});
export type BalancingChange = z.output<typeof balancingChange>;

/** A change that cannot be made; each detail says what is wrong with which field. */
export class ChangeError extends Error {
  override readonly name = 'ChangeError';

  constructor(readonly details: readonly ErrorDetail[]) {
    super(details.map(({ field, message }) => `${field} ${message}`).join('; '));
  }
}

/**
 * The state with all of `change` made.
 *
 * @throws ChangeError that names everything which cannot be done
 */
export function changed(
  { strategy, backends }: BalancingState,
  { strategy: newStrategy, backends: { add, update, remove } }: Omit<BalancingChange, 'version'>,
): BalancingState {
  const known = new Set(backends.map((backend) => backend.url));
  const removed = new Set(remove);
  const updates = new Map(update.map(({ url: of, ...rest }) => [of, rest]));
  const problems = [
    ...problemsOf('remove', remove, (each) => (known.has(each) ? undefined : NOT_THERE)),
    ...problemsOf(
      'update',
      update.map((each) => each.url),
      (each) => (removed.has(each) ? 'is to be removed too' : known.has(each) ? undefined : NOT_THERE),
    ),
    ...problemsOf(
      'add',
      add.map((each) => each.url),
      (each) => (known.has(each) && !removed.has(each) ? howToChange(each) : undefined),
    ),
  ];
  const kept = backends.filter((backend) => !removed.has(backend.url));
  const next = [...kept.map((backend) => updated(backend, updates.get(backend.url))), ...add];
  if (next.length === 0)
    problems.push({ field: 'backends', message: 'must not become empty; drain the last one instead' });
  if (next.length > MAX_BACKENDS)
    problems.push({ field: 'backends.add', message: `must leave at most ${MAX_BACKENDS} backends` });
  if (problems.length > 0) throw new ChangeError(problems);
  return { strategy: newStrategy ?? strategy, backends: next };
}

const NOT_THERE = 'is not a backend; GET /-/api/backends lists them';

function howToChange(backend: string): string {
  const resource = `/-/api/backends/${new URL(backend).host}`;
  return `is there already; to change it, send its url with a weight or a mode in backends.update, or PATCH ${resource}`;
}

function problemsOf(
  list: 'add' | 'update' | 'remove',
  named: readonly string[],
  problemOf: (url: string) => string | undefined,
): ErrorDetail[] {
  return named.flatMap((each, index) => {
    const problem = named.indexOf(each) < index ? 'is named twice' : problemOf(each);
    return problem === undefined
      ? []
      : [{ field: `backends.${list}.${index}`, message: `${each} ${problem}` }];
  });
}

function updated(backend: WantedBackend, update: BackendUpdate | undefined): WantedBackend {
  return { ...backend, weight: update?.weight ?? backend.weight, mode: update?.mode ?? backend.mode };
}
