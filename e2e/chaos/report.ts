import { busyWarning, machineFacts, markdownTable } from '@balanza/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agreement } from './agreement.ts';
import type { Disturbed } from './disturbances.ts';
import type { Verdict } from './verdict.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks', 'chaos.md');
/** A smaller run is none to be remembered. */
const RECORDED = { tasks: 5_000, kills: 30 };

/** All that is known of a run at its end. */
export interface Outcome {
  readonly seed: string;
  readonly accepted: number;
  /** Answers by status; 0 for those that did not come. */
  readonly answers: ReadonlyMap<number, number>;
  readonly disturbed: readonly Disturbed[];
  readonly agreements: readonly Agreement[];
  readonly verdict: Verdict;
  /** What the balancer counts of each worker when all has ended. */
  readonly atRest: readonly number[];
}

const killsOf = ({ disturbed }: Outcome) => disturbed.filter(({ kind }) => kind === 'kill');

/** What is not as it has to be. */
export function complaintsOf(
  outcome: Outcome,
  { wanted, kills }: { readonly wanted: number; readonly kills: number },
): string[] {
  const { accepted, agreements, verdict, atRest } = outcome;
  const { statuses, repeated, overwritten } = verdict;
  const wrong = agreements.flatMap((agreement) => agreement.wrong);
  const rules: [boolean, string][] = [
    [accepted >= wanted, `${accepted} tasks were accepted`],
    [killsOf(outcome).length >= kills, `there were ${killsOf(outcome).length} kills`],
    [statuses['completed'] === accepted, `of ${accepted} tasks, ${JSON.stringify(statuses)}`],
    [overwritten === 0, `${overwritten} tasks were written after they had ended`],
    [repeated.nothing === 0, `${repeated.nothing} attempts were repeated that nothing had cut off`],
    [wrong.length === 0, `/status did not agree with the database: ${wrong.slice(0, 3).join('; ')}`],
    [atRest.every((count) => count === 0), `lb-workers counts ${atRest.join(', ')} at rest`],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, complaint]) => complaint);
}

/** Puts the figures down, and gives them. @param isGood whether they are worth keeping */
export function writeRecord(outcome: Outcome, isGood: boolean): string {
  const { seed, accepted, answers, disturbed, agreements, verdict, atRest } = outcome;
  const { statuses, repeated, struck, overwritten, unheard } = verdict;
  const count = (kind: Disturbed['kind'], app: string) =>
    String(disturbed.filter((each) => each.kind === kind && each.target.startsWith(app)).length);
  const targets = ['worker', 'lb-workers', 'database', 'PostgreSQL'];
  const rows = targets.map((app) => [app, count('kill', app), count('stop', app)]);
  const heard = [...answers]
    .map(([status, times]) => `${times} × ${status === 0 ? 'none' : status}`)
    .join(', ');
  const readings = agreements.reduce((sum, each) => sum + each.readings, 0);
  const wrong = agreements.reduce((sum, each) => sum + each.wrong.length, 0);
  const age = Math.max(0, ...agreements.map((each) => each.age));
  const figures = [
    ['tasks accepted', String(accepted)],
    ['answers', heard],
    ['in the end', JSON.stringify(statuses)],
    ['written after they had ended', String(overwritten)],
    ['attempts that a kill of their worker cut off', String(struck.kill)],
    ['of which repeated', String(repeated.kill)],
    ['attempts whose worker was stopped, for longer than it may be silent', String(struck.stop)],
    ['of which repeated', String(repeated.stop)],
    ['attempts under way when PostgreSQL was killed or stopped', String(struck.postgres)],
    ['of which repeated', String(repeated.postgres)],
    ['attempts repeated for no reason', String(repeated.nothing)],
    ['stored, but the client did not hear of it', String(unheard)],
    ['readings of `/status` of lb-workers while all was calm', String(readings)],
    ['of which the database had not been so within the second before', String(wrong)],
    ['age of what `/status` showed, at most', `${age} ms`],
    ['tasks that lb-workers counts at rest', atRest.join(' + ')],
  ];
  const kills = killsOf(outcome).length;
  const text = `# Tasks while everything around them is killed

Measured on ${new Date().toISOString().slice(0, 10)}:

${[...machineFacts(), busyWarning()]
  .filter((fact) => fact !== undefined)
  .map((fact) => `- ${fact}`)
  .join('\n')}

A whole system of its own. Clients post tasks of 1 s each all the time; processes are killed (\`kill -9\`) and stopped (\`SIGSTOP\`,
0.5 to 8 s later \`SIGCONT\`) at random, by the seed ${seed}: ${kills} kills and ${disturbed.length - kills} stops.

${markdownTable(['', 'kills', 'stops'], rows)}

The database keeps a journal of every change of every task, by triggers; the figures come from there.

${markdownTable(['', 'figure'], figures)}

\`npx nx chaos tasks -- --seed=${seed}\` repeats it.
`;
  if (isGood && accepted >= RECORDED.tasks && kills >= RECORDED.kills) writeFileSync(FILE, text);
  return text;
}
