import type { LoadReport } from '@balanza/contracts';
import type { Logger, ProcessContext } from '@balanza/runtime';
import { loadTopology } from '@balanza/topology';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { Subject, type Observable } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import type { WorkerConfig } from '../config.js';
import { LoadGauge } from './load-gauge.service.js';
import { LoadReporter } from './load-reporter.service.js';
import type { ReportClient } from './report-client.provider.js';

const open: LoadReporter[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((reporter) => reporter.onApplicationShutdown()));
});

/** A reporter whose reports arrive when the test says so. */
function setUp() {
  const context = {
    instance: 'aaaaaaaa',
    port: 5005,
    config: {},
    topology: loadTopology(),
  } as ProcessContext;
  const requests = new AsyncLocalStorage<string>();
  const contexts: unknown[] = [];
  const sent: number[] = [];
  const underWay: Subject<undefined>[] = [];
  const client = {
    emit(_event: string, { active_tasks }: LoadReport): Observable<undefined> {
      contexts.push(requests.getStore());
      sent.push(active_tasks);
      const report = new Subject<undefined>();
      underWay.push(report);
      return report;
    },
    close: () => undefined,
  } as unknown as ReportClient;
  const gauge = new LoadGauge(context);
  const config = { TASK_CONCURRENCY: 10 } as WorkerConfig;
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const reporter = new LoadReporter(gauge, client, config, context, logger as unknown as Logger);
  open.push(reporter);
  const arrive = async () => {
    underWay.shift()?.complete();
    await setImmediate();
    await setImmediate();
  };
  return { reporter, gauge, sent, underWay, arrive, contexts, context: requests };
}

it('one report at a time is on its way, and the next one has all that changed meanwhile', async () => {
  const { reporter, gauge, sent, underWay, arrive } = setUp();
  reporter.onApplicationBootstrap();
  await setImmediate();
  expect(sent).toEqual([0]);
  for (let active = 1; active <= 5; active++) {
    gauge.set(active);
    await setImmediate();
  }
  expect([sent, underWay.length]).toEqual([[0], 1]);
  await arrive();
  expect([sent, underWay.length]).toEqual([[0, 5], 1]);
  await arrive();
  expect([sent, underWay.length]).toEqual([[0, 5], 0]);
});

it('what changes in one turn is one report', async () => {
  const { reporter, gauge, sent, arrive } = setUp();
  reporter.onApplicationBootstrap();
  await setImmediate();
  await arrive();
  for (let active = 1; active <= 5; active++) gauge.set(active);
  await setImmediate();
  expect(sent).toEqual([0, 5]);
});

it('what changed while the balancer cannot be reached waits for the next regular report', async () => {
  const { reporter, gauge, sent, underWay } = setUp();
  reporter.onApplicationBootstrap();
  await setImmediate();
  gauge.set(1);
  await setImmediate();
  underWay.shift()?.error(new Error('refused'));
  await setImmediate();
  await setImmediate();
  expect(sent).toEqual([0]);
});

it('reports belong to no request, though one has changed the load', async () => {
  const { reporter, gauge, underWay, arrive, contexts, context } = setUp();
  reporter.onApplicationBootstrap();
  await setImmediate();
  await arrive();
  context.run('request', () => gauge.set(7));
  await setImmediate();
  await arrive();
  expect(underWay).toEqual([]);
  expect(contexts).toEqual([undefined, undefined]);
});
