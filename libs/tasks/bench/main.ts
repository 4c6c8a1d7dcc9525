/**
 * `npx nx bench tasks`: what accepting and running a task costs, beside pg-boss and BullMQ on the same PostgreSQL. Writes
 * docs/benchmarks/tasks.md. `-- --seconds=N` sets how long each figure is measured.
 */
import { assertSystem, busyWarning, machineFacts, markdownTable, median } from '@balanza/testing';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { useOwnSettings } from '../../../tools/test/own-settings.ts';
import { CONTESTANTS } from './contestants.ts';
import { balanzaOverHttp } from './http-worker.ts';
import { acceptRate, endToEndRate, type Rate } from './measure.ts';
import { RECOVERERS } from './recoverers.ts';
import { takeOverTimes } from './take-over.ts';

assertSystem('npx nx bench tasks', { what: '/proc', systems: ['linux'] });
useOwnSettings();
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const seconds = Number(values.seconds);
const CLIENTS = [1, 20, 200];

const busy = busyWarning();
const say = (line: string) => void process.stderr.write(`${line}\n`);
const whole = (value: number) => Math.round(value).toLocaleString('en');
const cost = ({ clientCpu, serverCpu, wal }: Rate) => [whole(clientCpu), whole(serverCpu), whole(wal)];

const accepts: string[][] = [];
const runs: string[][] = [];
for (const start of [...CONTESTANTS, balanzaOverHttp]) {
  const rates: Rate[] = [];
  let name = '';
  for (const clients of CLIENTS) {
    const [of, rate] = await acceptRate(start, clients, seconds);
    name = of;
    rates.push(rate);
    say(`${name}: ${whole(rate.perSecond)} accepts/s from ${clients} clients`);
  }
  const last = rates.at(-1);
  accepts.push([
    name,
    ...rates.map(({ perSecond }) => whole(perSecond)),
    ...(last === undefined ? [] : cost(last)),
  ]);
  if (start === balanzaOverHttp) continue;
  const [, rate] = await endToEndRate(start, seconds);
  runs.push([name, whole(rate.perSecond), ...cost(rate)]);
  say(`${name}: ${whole(rate.perSecond)} no-op tasks/s`);
}
const recoveries: string[][] = [];
for (const recoverer of RECOVERERS) {
  const { name, settings, rounds, patience } = recoverer;
  const times = await takeOverTimes(recoverer);
  say(`${name}, ${settings}: taken over after ${times.map((time) => time.toFixed(2)).join(', ')} s`);
  const shown = (time: number) => (time === Infinity ? `> ${patience}` : time.toFixed(1));
  recoveries.push([name, settings, shown(median(times)), shown(Math.max(...times)), String(rounds)]);
}
recoveries.push([
  'pg-boss',
  'its defaults: `expireInSeconds` (15 min), by its documentation',
  '> 900',
  '',
  '0',
]);

const version = (name: string) =>
  (
    createRequire(import.meta.url)(
      join(import.meta.dirname, '../../../node_modules', name, 'package.json'),
    ) as { version: string }
  ).version;
const costs = ['CPU µs, client', 'CPU µs, PostgreSQL', 'WAL bytes'];
const report = `# What a task costs

Measured on ${new Date().toISOString().slice(0, 10)}:

${[...machineFacts(), `pg-boss ${version('pg-boss')}, BullMQ ${version('bullmq')}`, ...(busy === undefined ? [] : [busy])].map((fact) => `- ${fact}`).join('\n')}

Each contestant is at work in the process of its clients, on a fresh PostgreSQL with the settings of the embedded one, on
the same cores; each commit waits for the disk. Clients wait for their answer before they ask again. A figure is measured
for ${seconds} s after a second of warming up.

## Jobs accepted per second

None of them runs meanwhile. The costs are those of one job with 200 clients. Over HTTP the worker is a process of its own, as in
the system, and each client has a connection; the CPU of both is that of the client then.

${markdownTable(['', ...CLIENTS.map((clients) => `${clients} client${clients === 1 ? '' : 's'}`), ...costs], accepts)}

## Jobs that do nothing, accepted and done per second

From 200 clients, 100 at once. pg-boss polls as often as it can (0.5 s) for 100 jobs at a time.

${markdownTable(['', 'per second', ...costs], runs)}

## A worker that is killed

Seconds from \`kill -9\` of a process that runs 100 jobs to the start of the last of them in another that was there before.

${markdownTable(['', 'set so', 'median', 'at most', 'rounds'], recoveries)}

\`npx nx bench tasks\` repeats it.
`;
const folder = join(import.meta.dirname, '../../../docs/benchmarks');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'tasks.md'), report);
say('docs/benchmarks/tasks.md is written');
