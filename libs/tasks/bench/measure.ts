import { findPostmaster } from '@balanza/postgres';
import { startTestPostgres } from '@balanza/testing/postgres';
import { setTimeout } from 'node:timers/promises';
import type { Assignment, Contestant, StartContestant } from './contestant.ts';
import { readUsage } from './usage.ts';

const CONNECTIONS = 10;
const WARM_UP_S = 1;
/** After which what has not been done by then is not waited for. */
const PATIENCE_MS = 60_000;

/** How many jobs were done, and what each of them cost. */
export interface Rate {
  readonly perSecond: number;
  /** Per job, in microseconds of CPU, and bytes. */
  readonly clientCpu: number;
  readonly serverCpu: number;
  readonly wal: number;
}

/** How many jobs a second are accepted from so many clients, each of which waits for its answer before it asks again. */
export function acceptRate(
  start: StartContestant,
  clients: number,
  seconds: number,
): Promise<[string, Rate]> {
  return withContestant(start, 0, async (contestant, cost) => {
    await ask(contestant, clients, WARM_UP_S);
    return cost(() => ask(contestant, clients, seconds));
  });
}

/** How many jobs that do nothing are accepted and done a second, with 200 clients and 100 jobs at once. */
export function endToEndRate(start: StartContestant, seconds: number): Promise<[string, Rate]> {
  return withContestant(start, 100, async (contestant, cost) => {
    await ask(contestant, 200, WARM_UP_S);
    return cost(async () => {
      const before = contestant.done();
      const accepted = await ask(contestant, 200, seconds);
      const deadline = performance.now() + PATIENCE_MS;
      while (contestant.done() - before < accepted && performance.now() < deadline) await setTimeout(10);
      return contestant.done() - before;
    });
  });
}

type Cost = (work: () => Promise<number>) => Promise<Rate>;

/** Each contestant has a fresh PostgreSQL with the settings of the embedded one: every commit is on disk. */
async function withContestant(
  start: StartContestant,
  concurrency: number,
  run: (contestant: Contestant, cost: Cost) => Promise<Rate>,
): Promise<[string, Rate]> {
  const postgres = await startTestPostgres();
  const assignment: Assignment = { url: postgres.url, connections: CONNECTIONS, concurrency };
  const contestant = await start(assignment);
  const postmaster = (await findPostmaster(postgres.dataDirectory))?.pid ?? 0;
  const cost: Cost = async (work) => {
    const before = await readUsage(postgres.url, postmaster, contestant.process);
    const began = performance.now();
    const jobs = await work();
    const elapsed = (performance.now() - began) / 1000;
    const after = await readUsage(postgres.url, postmaster, contestant.process);
    return {
      perSecond: jobs / elapsed,
      clientCpu: ((after.clientCpu - before.clientCpu) / jobs) * 1e6,
      serverCpu: ((after.serverCpu - before.serverCpu) / jobs) * 1e6,
      wal: (after.wal - before.wal) / jobs,
    };
  };
  try {
    return [contestant.name, await run(contestant, cost)];
  } finally {
    await contestant.stop();
    await postgres.close();
  }
}

/** @returns how many were accepted */
async function ask(contestant: Contestant, clients: number, seconds: number): Promise<number> {
  let accepted = 0;
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      await contestant.accept({ n: accepted });
      accepted++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return accepted;
}
