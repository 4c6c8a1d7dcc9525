import { portsOf, urlOf, type Topology } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { Counts } from './counts.ts';
import { readJournal } from './journal.ts';

/** How old what the balancer says may be. */
const WITHIN_MS = 1_000;
/** The age, as finely as it is told. */
const STEP_MS = 100;
/** For how long the balancer is asked, and how often. */
const DURATION_MS = 2_000;
const EVERY_MS = 20;
/** The journal has the time of a statement; its commit, and with it the change, comes later by a write to the disk. */
const COMMIT_MS = 100;

/** What lb-workers counts of one worker, requests in flight included that may or may not have become tasks. */
interface WorkerStatus {
  readonly url: string;
  readonly active_connections: number;
  readonly in_flight: number;
}

/** What it counts of all of them between two moments, in ms since 1970. */
interface Reading {
  readonly asked: number;
  readonly answered: number;
  readonly workers: readonly WorkerStatus[];
}

/** How `/status` of lb-workers compares with the database. */
export interface Agreement {
  readonly readings: number;
  /** Readings that show what the database did not have at any moment of the second before. */
  readonly wrong: readonly string[];
  /** How old what the balancer showed was at most, in ms. */
  readonly age: number;
}

/** Compares them for a while in which nothing is disturbed. */
export async function compareCounts(topology: Topology): Promise<Agreement> {
  const readings: Reading[] = [];
  const end = Date.now() + DURATION_MS;
  while (Date.now() < end) {
    readings.push(await readStatus(topology));
    await setTimeout(EVERY_MS);
  }
  await setTimeout(COMMIT_MS);
  const counts = new Counts(await readJournal(topology.postgres.port));
  const ages = readings.map((reading) => ageOf(reading, counts));
  return {
    readings: readings.length,
    wrong: readings.filter((_, index) => ages[index] === Infinity).map((each) => complaint(each, counts)),
    age: Math.max(0, ...ages.filter((age) => age !== Infinity)) + COMMIT_MS,
  };
}

/** What lb-workers counts. */
export async function readStatus(topology: Topology): Promise<Reading> {
  const [port = 0] = portsOf(topology, 'lb-workers');
  const asked = Date.now();
  const response = await fetch(`${urlOf(topology.host, port)}/status`, {
    signal: AbortSignal.timeout(2_000),
  });
  const { workers } = (await response.json()) as { workers: WorkerStatus[] };
  return { asked, answered: Date.now(), workers };
}

/**
 * The shortest time before the reading in which the database had as many of each worker, give or take what was in flight;
 * `Infinity` where that would be too long ago.
 */
function ageOf({ asked, answered, workers }: Reading, counts: Counts): number {
  for (let age = 0; age <= WITHIN_MS; age += STEP_MS) {
    const agrees = workers.every(({ url, active_connections, in_flight }) => {
      const { least, most } = counts.between(portOf(url), asked - age - COMMIT_MS, answered);
      return active_connections >= least && active_connections <= most + in_flight;
    });
    if (agrees) return age;
  }
  return Infinity;
}

function complaint({ asked, answered, workers }: Reading, counts: Counts): string {
  const each = workers.map(({ url, active_connections, in_flight }) => {
    const { least, most } = counts.between(portOf(url), asked - WITHIN_MS - COMMIT_MS, answered);
    return `${active_connections} (${in_flight} in flight) where the database had ${least} to ${most}`;
  });
  return each.join(' and ');
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
