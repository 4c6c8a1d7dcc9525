import { markdownTable } from '@balanza/testing';
import { flaky, slow, storm } from './bad-backends.ts';
import { busy } from './busy-backends.ts';
import {
  missedByBusy,
  missedByFlaky,
  missedByLoad,
  missedBySlow,
  missedByStorm,
  missedByUnread,
  mostOfStorm,
} from './criteria.ts';
import { count, failed, mebibytes, milliseconds, percent } from './figures.ts';
import { GATEWAY_INCIDENTS, runIncidents } from './gateways.ts';
import type { Options, Part } from './options.ts';
import { partialOutage } from './partial-outage.ts';
import { slowBodies } from './slow-bodies.ts';
import type { LoadReport } from './steady-load.ts';
import { unreadStreams } from './unread-streams.ts';

/** What one part has shown. */
export interface Section {
  readonly title: string;
  /** How it was tried, and what must hold. */
  readonly text: string;
  readonly table: string;
  /** What did not hold: what was done, and what came of it. */
  readonly missed: readonly string[];
}

export type RunOptions = Pick<Options, 'rate' | 'requests' | 'share'> & {
  /** Told each figure as soon as it is there. */
  readonly onProgress: (line: string) => void;
};

/** Clients that watch one task, and for how long, in ms. */
const UNREAD_STREAMS = { streams: 1_000, hold: 20_000 };

const LOAD_COLUMNS = ['requests', 'failed', 'p50', 'p99', 'longest'];

/** Runs one part. */
export function runPart(part: Part, options: RunOptions): Promise<Section> {
  return RUN[part](options);
}

const RUN: Readonly<Record<Part, (options: RunOptions) => Promise<Section>>> = {
  async incidents(options) {
    const { rate, requests } = options;
    const rows = new Rows(options);
    await runIncidents(GATEWAY_INCIDENTS, options, ({ what, load }, report) =>
      rows.add(what, loadCells(report), missedByLoad(report, requests * (load?.share ?? 1))),
    );
    return {
      title: `${count(rate)} GET /data per second through the main balancer`,
      text:
        'A whole system of its own, its 13 processes as `npm start` runs them; the answers come from the cache. ' +
        `At least ${count(requests)} requests are counted for each line; where it is POST /longtask, a fifth of that, at a twentieth of the rate. None may fail.`,
      ...rows.table(['while this happens', ...LOAD_COLUMNS]),
    };
  },

  async flaky(options) {
    const rows = new Rows(options);
    for await (const result of flaky({ rate: 200, seconds: 40 * options.share })) {
      const { what, report, share } = result;
      const cells = [count(report.requests), failed(report.failures), percent(share)];
      rows.add(what, cells, missedByFlaky(result));
    }
    return {
      title: 'One of two backends fails 1 request in 3',
      text: '200 GET per second. No client may see a failure, and the bad one may get a fifth of the requests at most.',
      ...rows.table(['1 request in 3', 'requests', 'failed GETs', 'share of the bad one']),
    };
  },

  async partial(options) {
    const rows = new Rows(options);
    const requests = 400;
    for await (const { what, report } of partialOutage(requests, 100 / options.share)) {
      rows.add(what, loadCells(report), missedByLoad(report, requests));
    }
    return {
      title: 'One healthy backend among dead and failing ones',
      text:
        `${requests} GET to a balancer that has just started, whose backends serve, do not listen (dead), answer 503 (failing), ` +
        'or do so every other time (flaky). None may fail.',
      ...rows.table(['backends: strategy', ...LOAD_COLUMNS]),
    };
  },

  async storm(options) {
    const rows = new Rows(options);
    for await (const result of storm({ rate: 200, seconds: 10 * options.share })) {
      const { what, clientRequests, backendRequests } = result;
      const cells = [clientRequests, backendRequests, mostOfStorm(clientRequests)].map(count);
      rows.add(what, cells, missedByStorm(result));
    }
    return {
      title: 'All backends fail',
      text: '200 GET per second to two backends. They may get 1.2 × what the clients send, and 3 more.',
      ...rows.table(['every backend', 'client requests', 'backend requests', 'allowed: 1.2 × + 3']),
    };
  },

  async slow(options) {
    const rows = new Rows(options);
    const load = { rate: 100, seconds: 15 * options.share };
    const roundRobin = await slow('round-robin', load);
    rows.add('round robin', loadCells(roundRobin), []);
    const leastConnections = await slow('least-connections', load);
    rows.add('least connections', loadCells(leastConnections), missedBySlow(roundRobin, leastConnections));
    return {
      title: 'One of three backends is ten times slower',
      text:
        '100 GET per second; each backend takes one at a time, for 5 ms, the slow one for 50 ms. ' +
        'The p99 of least connections may be a third of round robin’s at most.',
      ...rows.table(['strategy', ...LOAD_COLUMNS]),
    };
  },

  async busy(options) {
    const rows = new Rows(options);
    const serviceMs = 5_000 * options.share;
    const result = await busy({ requests: 20, serviceMs, arrivalMs: 2_100 * options.share });
    const { requests, failures, repeated, down, p50, max } = result;
    const cells = [...[requests, failures, repeated, down].map(count), ...[p50, max].map(milliseconds)];
    rows.add('round robin', cells, missedByBusy(result, serviceMs));
    return {
      title: 'Backends that serve one request at a time',
      text:
        `A GET every ${milliseconds(2_100 * options.share)} to three backends, each of which takes ${milliseconds(serviceMs)} for one and does nothing ` +
        'else meanwhile, like a sync worker of gunicorn. None may be taken for down, no GET made twice, and no response take more than 1.5 × the service.',
      ...rows.table(['strategy', 'requests', 'failed', 'made twice', 'backends down', 'p50', 'longest']),
    };
  },

  async streams(options) {
    const rows = new Rows(options);
    const report = await unreadStreams(UNREAD_STREAMS);
    for (const { name, slowest, memoryAdded } of report.processes)
      rows.add(name, [milliseconds(slowest), mebibytes(memoryAdded)], []);
    rows.miss(missedByUnread(report, UNREAD_STREAMS.streams));
    return {
      title: `${count(UNREAD_STREAMS.streams)} clients watch a task of 0.9 MB and do not read`,
      text:
        'A whole system of its own. Each client opens `GET /longtask/:task_id/events` through the main balancer and reads the ' +
        'beginning of the answer alone; then the task changes. Every process has to answer `/health/live` within 250 ms, with ' +
        '64 MiB more memory at most.',
      ...rows.table(['process', 'longest `/health/live`', 'memory more']),
    };
  },

  async 'slow-bodies'(options) {
    const rows = new Rows(options);
    const load = { clients: 3_000, requests: 1_000, rate: 100 };
    for await (const { what, held, renewed, report } of slowBodies(load)) {
      const cells = [count(held), count(renewed), ...loadCells(report)];
      // Some are just coming back.
      const missed =
        held < load.clients * 0.75 ? [`${count(held)} slow clients of ${count(load.clients)}`] : [];
      rows.add(what, cells, [...missed, ...missedByLoad(report, load.requests)]);
    }
    return {
      title: '3,000 clients that send a byte of a body every 5 s',
      text:
        'A whole system of its own. The slow clients need no token, and come back when they are closed; beside them 1,000 ' +
        '`GET /data` are counted, 100 per second, through the main balancer. None may fail.',
      ...rows.table(['bodies', 'slow clients', 'closed before', ...LOAD_COLUMNS]),
    };
  },
};

/** The lines of a table, and what did not hold in them. */
class Rows {
  readonly #rows: (readonly string[])[] = [];
  readonly #missed: string[] = [];
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  add(what: string, cells: readonly string[], missed: readonly string[]): void {
    this.#rows.push([what, ...cells]);
    this.#missed.push(...missed.map((why) => `${what}: ${why}`));
    this.#options.onProgress([what, ...cells].join(', '));
  }

  /** What did not hold, where that is of no line alone. */
  miss(missed: readonly string[]): void {
    this.#missed.push(...missed);
  }

  table(header: readonly string[]): Pick<Section, 'table' | 'missed'> {
    return { table: markdownTable(header, this.#rows), missed: this.#missed };
  }
}

function loadCells({ requests, failures, p50, p99, max }: LoadReport): readonly string[] {
  return [count(requests), failed(failures), ...[p50, p99, max].map(milliseconds)];
}
