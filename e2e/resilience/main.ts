/** `npx nx resilience`: what clients see while backends die, stop, fail and return. `--help` lists the options. */
import { markdownTable } from '@balanza/testing';
import { parseArgs } from 'node:util';
import { flaky, slow, storm } from './bad-backends.ts';
import { GATEWAY_INCIDENTS, runIncidents } from './gateways.ts';
import { count, failed, loadRow, loadTable } from './report.ts';

const USAGE = `npx nx resilience -- [options]
  --only <names>    incidents,flaky,storm,slow                    (all of them)
  --rate <n>        requests per second of the incidents          (2000)
  --requests <n>    requests counted for each incident, at least  (50000)
`;
const PARTS = ['incidents', 'flaky', 'storm', 'slow'] as const;
type Part = (typeof PARTS)[number];

const print = (text: string) => process.stdout.write(`${text}\n`);

const RUN: Readonly<Record<Part, (options: { rate: number; requests: number }) => Promise<void>>> = {
  async incidents(options) {
    const rows: (readonly string[])[] = [];
    await runIncidents(GATEWAY_INCIDENTS, options, ({ what }, report) => {
      rows.push(loadRow(what, report));
      process.stderr.write(`${rows.at(-1)?.join(', ')}\n`);
    });
    print(`\n## ${count(options.rate)} GET /data per second through the main balancer\n\n${loadTable(rows)}`);
  },
  async flaky() {
    const rows: (readonly string[])[] = [];
    for await (const { what, report, share } of flaky({ rate: 200, seconds: 20 })) {
      rows.push([what, count(report.requests), failed(report.failures), `${(share * 100).toFixed(1)} %`]);
    }
    const header = ['1 request in 3', 'requests', 'failed GETs', 'share of the bad one'];
    print(`\n## One of two backends fails 1 request in 3\n\n${markdownTable(header, rows)}`);
  },
  async storm() {
    const rows: (readonly string[])[] = [];
    for await (const { what, clientRequests, backendRequests } of storm({ rate: 200, seconds: 10 })) {
      const most = Math.floor(1.2 * clientRequests + 3);
      rows.push([what, ...[clientRequests, backendRequests, most].map(count)]);
    }
    const header = ['every backend', 'client requests', 'backend requests', 'allowed: 1.2 × + 3'];
    print(`\n## All backends fail\n\n${markdownTable(header, rows)}`);
  },
  async slow() {
    const rows: (readonly string[])[] = [];
    for await (const [strategy, report] of slow({ rate: 100, seconds: 15 })) {
      rows.push(loadRow(strategy, report));
    }
    print(`\n## One of three backends is ten times slower\n\n${loadTable(rows)}`);
  },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    rate: { type: 'string', default: '2000' },
    requests: { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(USAGE);
else {
  const asked = values.only.split(',');
  const unknown = asked.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: must be of ${PARTS.join(', ')}`);
  for (const part of PARTS) {
    if (asked.includes(part)) {
      await RUN[part]({ rate: Number(values.rate), requests: Number(values.requests) });
    }
  }
}
