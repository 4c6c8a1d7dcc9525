import { setTimeout } from 'node:timers/promises';
import { Client, newTally } from './client.ts';
import { Member, type ProxyReport } from './member.ts';
import { atMost, growth, mebibytes, none, type Finding } from './verdict.ts';

/** How often memory is looked at during a run. */
const SAMPLES = 40;
/** What may be more held, or resident, towards the end than before. */
const MAX_HELD_GROWTH = 2 * 1024 * 1024;
const MAX_RSS_GROWTH = 16 * 1024 * 1024;
/** By then unused connections are closed, and discarded ones too. */
const QUIET_MS = 12_000;

/** Sends requests of all kinds and sizes through one proxy, checks every answer, and looks at what is held meanwhile. */
export async function soakRequests(
  { requests, connections }: { readonly requests: number; readonly connections: number },
  tell: (text: string) => void,
): Promise<readonly Finding[]> {
  using backend = await Member.start('backend.ts');
  using proxy = await Member.start('proxy.ts', backend.url);
  const tally = newTally(0);
  const reports: ProxyReport[] = [];
  const started = performance.now();
  for (let sample = 0; sample < SAMPLES && tally.wrong.length < 20; sample++) {
    tally.left = Math.round(requests / SAMPLES);
    const clients = Array.from({ length: connections }, (_, number) => {
      return new Client(proxy.port, sample * connections + number, tally).run();
    });
    await Promise.all(clients);
    const report = await proxy.report();
    reports.push(report);
    const seconds = (performance.now() - started) / 1_000;
    tell(
      `${tally.right + tally.dropped} requests in ${seconds.toFixed(0)} s; held ${mebibytes(report.held)}, ` +
        `resident ${mebibytes(report.rss)}, wrong ${tally.wrong.length}`,
    );
  }
  await setTimeout(QUIET_MS);
  const last = await proxy.report();
  for (const what of tally.wrong.slice(0, 20)) tell(what);
  return [
    { what: 'requests', value: `${tally.right} answered as they should be`, good: tally.right > 0 },
    { what: 'connections of clients', value: `${tally.connections}`, good: true },
    none('requests that were answered otherwise', tally.wrong.length),
    atMost('growth of what is held', growth(reports.map(({ held }) => held)), MAX_HELD_GROWTH),
    atMost('growth of resident memory', growth(reports.map(({ rss }) => rss)), MAX_RSS_GROWTH),
    // The port itself counts as none of these.
    none('sockets left', last.sockets),
    none('waits left', last.waiting),
    none('requests left in flight', last.inFlight),
    { what: 'the proxy', value: proxy.isAlive ? 'runs' : 'has ended', good: proxy.isAlive },
  ];
}
