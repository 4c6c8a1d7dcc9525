import { POSTGRES, type Disturbed } from './disturbances.ts';
import type { Change } from './journal.ts';

/** A worker that stands still for less has renewed its lease in time: a lease of 3 s, renewed every second. */
const LEASE_OUTLIVES_MS = 2_000;
/** A statement that was on its way when its worker was killed is carried out all the same. */
const ON_ITS_WAY_MS = 200;

/** One attempt at one task. */
interface Attempt {
  readonly worker: number;
  readonly began: number;
  /** When it ended, or the task was taken from it. */
  over: number;
}

/** Its worker was killed · stopped for longer than a lease · PostgreSQL was killed or stopped · none of that. */
type Cause = 'kill' | 'stop' | 'postgres' | 'nothing';

/** What became of the tasks that were accepted. */
export interface Verdict {
  /** How many of them have each status; `lost` for those that are not there. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Tasks of which something was written after they had ended. */
  readonly overwritten: number;
  /** Attempts by what happened while they were under way, whether they had to be repeated for that or not. */
  readonly struck: Readonly<Record<Cause, number>>;
  /** Attempts that were repeated, by what had happened while they were under way. */
  readonly repeated: Readonly<Record<Cause, number>>;
  /** Tasks that were stored, but of which the client did not hear. */
  readonly unheard: number;
}

/** Looks at every accepted task. */
export function verdictOn(
  ids: ReadonlySet<string>,
  journal: ReadonlyMap<string, readonly Change[]>,
  disturbed: readonly Disturbed[],
): Verdict {
  const statuses: Record<string, number> = {};
  const struck: Record<Cause, number> = { kill: 0, stop: 0, postgres: 0, nothing: 0 };
  const repeated = { ...struck };
  let overwritten = 0;
  for (const id of ids) {
    const changes = journal.get(id) ?? [];
    const status = changes.at(-1)?.status ?? 'lost';
    statuses[status] = (statuses[status] ?? 0) + 1;
    const end = changes.findIndex((change) => change.status === 'completed');
    if (end !== -1 && end < changes.length - 1) overwritten++;
    const attempts = attemptsOf(changes);
    const causes = attempts.map((attempt) => causeOf(attempt, disturbed));
    for (const cause of causes) struck[cause]++;
    for (const cause of causes.slice(0, -1)) repeated[cause]++;
  }
  const unheard = [...journal.keys()].filter((id) => !ids.has(id)).length;
  return { statuses, overwritten, struck, repeated, unheard };
}

function attemptsOf(changes: readonly Change[]): Attempt[] {
  const attempts: Attempt[] = [];
  let number = 0;
  for (const { at, status, attempt, worker } of changes) {
    const last = attempts.at(-1);
    if (attempt > number) {
      if (last?.over === Infinity) last.over = at;
      attempts.push({ worker, began: at, over: Infinity });
      number = attempt;
    } else if (status !== 'running' && last?.over === Infinity) last.over = at;
  }
  return attempts;
}

/** What happened while the attempt was under way, the gravest first. */
function causeOf({ worker, began, over }: Attempt, disturbed: readonly Disturbed[]): Cause {
  const meanwhile = disturbed.filter(({ from, to }) => from < over && to > began - ON_ITS_WAY_MS);
  const own = meanwhile.filter((each) => each.worker === worker);
  if (own.some(({ kind }) => kind === 'kill')) return 'kill';
  if (own.some(({ from, to }) => to - from >= LEASE_OUTLIVES_MS)) return 'stop';
  return meanwhile.some(({ target }) => target === POSTGRES) ? 'postgres' : 'nothing';
}
