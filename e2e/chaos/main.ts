/**
 * `npx nx chaos tasks`: a stream of tasks through a whole system of its own while workers, their balancer, the database service
 * and PostgreSQL are killed and stopped at random. Ends with 1 unless every accepted task is completed.
 *
 * `-- --seed=N` repeats the disturbances of an earlier run, `--tasks=N` and `--kills=N` say how many.
 */
import { portsOf, urlOf } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOwnStack } from '../src/own-stack.ts';
import { postTasks } from './client.ts';
import { disturbancesOf } from './disturbances.ts';
import { seededRandom } from './random.ts';
import { runningOn, verdict, type Verdict } from './record.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    tasks: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '36' },
  },
});
const wanted = Number(values.tasks);
const kills = Number(values.kills);
/** Tasks come for about as long as things go wrong. */
const SECONDS_PER_KILL = 3;
const SETTLE_MS = 120_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const random = seededRandom(Number(values.seed));
say(`seed ${values.seed}: ${wanted} tasks, ${kills} disturbances`);
const stack = await startOwnStack({ TASK_DURATION: '0.5', TASK_CONCURRENCY: '50', LOG_LEVEL: 'error' });
const { topology } = stack;
const [balancerPort = 0] = portsOf(topology, 'load-balancer');
const [workersPort = 0] = portsOf(topology, 'lb-workers');
let failed = true;
try {
  const disturbing = disturb();
  const perSecond = wanted / (kills * SECONDS_PER_KILL);
  const posting = postTasks(urlOf(topology.host, balancerPort), { wanted, perSecond, clients: 24 });
  const [{ ids, answers }, cutOff] = await Promise.all([posting, disturbing]);
  const { record, seconds } = await settle(ids);
  const busy = await loads();
  say(
    `answers: ${[...answers].map(([status, count]) => `${count} × ${status === 0 ? 'none' : status}`).join(', ')}`,
  );
  say(
    `accepted ${ids.size}; in the end: ${JSON.stringify(record.statuses)}, ${seconds} s after the last disturbance`,
  );
  say(`attempts repeated: ${record.repeated}, of which ${record.interrupted} by the loss of a worker`);
  say(`attempts that ran on workers when they were killed or stopped: ${cutOff}`);
  say(`stored, but the client did not hear of it: ${record.unheard}`);
  say(`tasks that lb-workers counts at rest: ${busy.join(', ')}`);
  failed = record.statuses['completed'] !== ids.size || busy.some((load) => load > 0);
} finally {
  await stack.stop();
}
say(failed ? 'FAILED' : 'every accepted task is completed');
process.exitCode = failed ? 1 : 0;

/** @returns how many attempts the workers had when something happened to them, as far as that could be asked */
async function disturb(): Promise<number> {
  const choices = disturbancesOf(stack, topology.postgres.dataDirectory, random);
  let cutOff = 0;
  for (let n = 1; n <= kills;) {
    await setTimeout(1_000 + random() * 1_500);
    const choice = choices[Math.floor(random() * choices.length)];
    if (choice === undefined) continue;
    const running = choice.worker === undefined ? undefined : await runningAt(choice.worker);
    try {
      await choice.happen();
      cutOff += running ?? 0;
      say(`${String(n).padStart(3)} ${choice.name}${running === undefined ? '' : ` (${running} running)`}`);
      n++;
    } catch {
      // It is not there at the moment; something else goes wrong.
    }
  }
  return cutOff;
}

async function runningAt(port: number): Promise<number | undefined> {
  try {
    const response = await fetch(`${urlOf(topology.host, port)}/health/live`, {
      signal: AbortSignal.timeout(500),
    });
    const { instance } = (await response.json()) as { instance: string };
    return await runningOn(topology.postgres.port, instance);
  } catch {
    return undefined;
  }
}

async function settle(ids: ReadonlySet<string>): Promise<{ record: Verdict; seconds: number }> {
  const began = performance.now();
  for (;;) {
    const record = await verdict(topology.postgres.port, ids).catch(() => undefined);
    const waited = performance.now() - began;
    if (record !== undefined && (record.statuses['completed'] === ids.size || waited > SETTLE_MS)) {
      return { record, seconds: Math.round(waited / 1000) };
    }
    await setTimeout(500);
  }
}

/** What the balancer counts, once a second has passed in which nothing ended. */
async function loads(): Promise<number[]> {
  for (let patience = 10; ; patience--) {
    await setTimeout(1_000);
    const response = await fetch(`${urlOf(topology.host, workersPort)}/status`);
    const { workers } = (await response.json()) as { workers: { active_connections: number }[] };
    const counts = workers.map(({ active_connections }) => active_connections);
    if (patience === 0 || counts.every((count) => count === 0)) return counts;
  }
}
