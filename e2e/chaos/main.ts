/**
 * `npx nx chaos tasks`: a stream of tasks through a whole system of its own while workers, their balancer, the database service
 * and PostgreSQL are killed and stopped at random. Ends with 1 unless every accepted task was completed once, no more was run again
 * than was cut off, and the balancer counted what the database has. Writes docs/benchmarks/chaos.md when all is well.
 *
 * `-- --seed=N` repeats the disturbances of an earlier run, `--tasks=N` and `--kills=N` say how many.
 */
import { assertSystem, seededRandom } from '@balanza/testing';
import { urlOf, portsOf } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { useOwnSettings } from '../../tools/test/own-settings.ts';
import { startOwnStack } from '../src/own-stack.ts';
import { compareCounts, readStatus } from './agreement.ts';
import { whenCalm } from './calm.ts';
import { postTasks } from './client.ts';
import { disturbancesOf, type Disturbed } from './disturbances.ts';
import { keepJournal, readJournal } from './journal.ts';
import { complaintsOf, writeRecord, type Outcome } from './report.ts';
import { verdictOn } from './verdict.ts';

assertSystem('npx nx chaos tasks', { what: 'SIGSTOP and SIGCONT', systems: ['linux', 'darwin'] });
useOwnSettings();
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    tasks: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '32' },
  },
});
const wanted = Number(values.tasks);
const kills = Number(values.kills);
/** Tasks come for about as long as things go wrong, what is stopped between two kills included. */
const SECONDS_PER_KILL = 6;
/** After so many kills nothing is disturbed for a while, and counts are compared. */
const KILLS_UNTIL_CALM = 8;
const SETTLE_MS = 120_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const random = seededRandom(Number(values.seed));
say(`seed ${values.seed}: ${wanted} tasks, ${kills} kills`);
const stack = await startOwnStack({
  TASK_DURATION: '1',
  TASK_CONCURRENCY: '50',
  // Here workers are lost for no task's sake.
  TASK_LOSS_LIMIT: '1000',
  LOG_LEVEL: 'error',
});
const { topology } = stack;
const [balancerPort = 0] = portsOf(topology, 'load-balancer');
let complaints = ['it did not come to an end'];
try {
  await keepJournal(topology.postgres.port);
  const disturbing = new AbortController();
  const [{ ids, answers }, { disturbed, agreements }] = await Promise.all([
    postTasks(urlOf(topology.host, balancerPort), {
      wanted,
      perSecond: wanted / (kills * SECONDS_PER_KILL),
      clients: 24,
      atLeastUntil: disturbing.signal,
    }),
    disturb().finally(() => disturbing.abort()),
  ]);
  const verdict = await settle(ids, disturbed);
  const atRest = await countsAtRest();
  const outcome: Outcome = {
    seed: values.seed,
    answers,
    accepted: ids.size,
    disturbed,
    agreements,
    verdict,
    atRest,
  };
  complaints = complaintsOf(outcome, { wanted, kills });
  say(writeRecord(outcome, complaints.length === 0));
} finally {
  await stack.stop();
}
for (const complaint of complaints) say(`FAILED: ${complaint}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

async function disturb() {
  const choices = disturbancesOf(stack, topology.postgres.dataDirectory, random);
  const disturbed: Disturbed[] = [];
  const agreements = [];
  let killed = 0;
  while (killed < kills) {
    await setTimeout(500 + random() * 2_000);
    const choice = choices[Math.floor(random() * choices.length)];
    if (choice === undefined) continue;
    const { kind, target, worker } = choice;
    const from = Date.now();
    try {
      await choice.happen();
    } catch {
      // It is not there at the moment; something else goes wrong.
      continue;
    }
    const to = Date.now();
    disturbed.push({ kind, target, from, to, ...(worker === undefined ? {} : { worker }) });
    if (kind === 'stop') {
      say(`    SIGSTOP ${target}, SIGCONT ${((to - from) / 1000).toFixed(1)} s later`);
      continue;
    }
    killed++;
    say(`${String(killed).padStart(3)} kill -9 ${target}`);
    if (killed % KILLS_UNTIL_CALM !== 0) continue;
    await whenCalm(topology);
    const agreement = await compareCounts(topology);
    agreements.push(agreement);
    say(
      `    calm: ${agreement.readings} readings of /status, ${agreement.wrong.length} wrong, ${agreement.age} ms old at most`,
    );
  }
  return { disturbed, agreements };
}

/** Waits until all that was accepted has ended, and judges. */
async function settle(ids: ReadonlySet<string>, disturbed: readonly Disturbed[]) {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const journal = await readJournal(topology.postgres.port).catch(() => undefined);
    if (journal !== undefined) {
      const verdict = verdictOn(ids, journal, disturbed);
      if (verdict.statuses['completed'] === ids.size || performance.now() > deadline) return verdict;
    }
    await setTimeout(500);
  }
}

/** What the balancer counts once every task has ended, a second later at the latest; longer for those nobody heard of. */
async function countsAtRest(): Promise<number[]> {
  for (let patience = 10; ; patience--) {
    await setTimeout(1_000);
    const { workers } = await readStatus(topology);
    const counts = workers.map(({ active_connections }) => active_connections);
    if (patience === 0 || counts.every((count) => count === 0)) return counts;
  }
}
