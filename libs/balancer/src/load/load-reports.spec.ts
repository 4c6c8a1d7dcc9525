import { ProxiedBackend } from '@balanza/proxy';
import { afterEach, expect, it } from 'vitest';
import type { Balancer } from '../balancer.js';
import { LoadTracker } from '../plane/load-tracker.js';
import { LoadReports, SILENT_AFTER_MS } from './load-reports.service.js';

const urls = ['http://127.0.0.1:5005', 'http://127.0.0.1:5009'] as const;
const open: LoadReports[] = [];

afterEach(() => {
  for (const reports of open.splice(0)) reports.onApplicationShutdown();
});

function setUp() {
  const backends = urls.map((url) => new ProxiedBackend({ url, weight: 1 }));
  const tracker = new LoadTracker(backends);
  const balancer = { backends, acceptLoad: (report) => void tracker.accept(report) } as Pick<
    Balancer,
    'backends' | 'acceptLoad'
  >;
  const reports = new LoadReports(balancer as Balancer);
  open.push(reports);
  let sequence = 0;
  return {
    reports,
    report: (url: string, active_tasks: number, now: number) =>
      reports.accept({ url, instance: 'aaaaaaaa', sequence: ++sequence, active_tasks }, now),
    loads: () => backends.map(({ backgroundLoad }) => backgroundLoad),
  };
}

it('a worker that falls silent has nothing any more, until it is heard again', () => {
  const { reports, report, loads } = setUp();
  report(urls[0], 3, 0);
  report(urls[1], 5, 0);
  report(urls[1], 4, 1_000);
  reports.forgetSilent(SILENT_AFTER_MS - 1);
  expect(loads()).toEqual([3, 4]);
  reports.forgetSilent(SILENT_AFTER_MS);
  expect(loads()).toEqual([0, 4]);
  report(urls[0], 2, SILENT_AFTER_MS + 1);
  expect(loads()).toEqual([2, 4]);
});

it('what answers alone have said stays, where there are no reports', () => {
  const { reports, loads } = setUp();
  const [backend] = (reports as unknown as { balancer: Balancer }).balancer.backends;
  if (backend !== undefined) backend.backgroundLoad = 7;
  reports.forgetSilent(1_000_000);
  expect(loads()).toEqual([7, 0]);
});
