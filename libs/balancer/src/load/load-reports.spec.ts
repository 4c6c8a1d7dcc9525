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
  const balancer: Pick<Balancer, 'backends' | 'acceptLoad' | 'silenceLoad'> = {
    backends,
    acceptLoad: (report) => tracker.accept(report),
    silenceLoad: (of) => tracker.silence(of),
  };
  const reports = new LoadReports(balancer as Balancer);
  open.push(reports);
  let sequence = 0;
  return {
    reports,
    tracker,
    report: (url: string, active_tasks: number, now: number, instance = 'aaaaaaaa') =>
      reports.accept({ url, instance, sequence: ++sequence, active_tasks }, now),
    loads: () => backends.map(({ backgroundLoad, isSilent }) => (isSilent ? 'unknown' : backgroundLoad)),
  };
}

it('what a worker has that falls silent is unknown, until it is heard again', () => {
  const { reports, report, loads } = setUp();
  report(urls[0], 3, 0);
  report(urls[1], 5, 0);
  report(urls[1], 4, 1_000);
  reports.forgetSilent(SILENT_AFTER_MS - 1);
  expect(loads()).toEqual([3, 4]);
  reports.forgetSilent(SILENT_AFTER_MS);
  expect(loads()).toEqual(['unknown', 4]);
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

it('what an answer says of a silent worker holds for as long as a report', () => {
  const { reports, report, tracker, loads } = setUp();
  report(urls[0], 3, 0);
  reports.forgetSilent(SILENT_AFTER_MS);
  tracker.accept({ url: urls[0], instance: 'aaaaaaaa', sequence: 100, active_tasks: 5 });
  reports.forgetSilent(SILENT_AFTER_MS + 250);
  reports.forgetSilent(2 * SILENT_AFTER_MS + 249);
  expect(loads()[0]).toBe(5);
  reports.forgetSilent(2 * SILENT_AFTER_MS + 250);
  expect(loads()[0]).toBe('unknown');
});

it('a worker whose reports are overtaken by its answers is not silent', () => {
  const { reports, report, tracker, loads } = setUp();
  report(urls[0], 3, 0);
  tracker.accept({ url: urls[0], instance: 'aaaaaaaa', sequence: 100, active_tasks: 5 });
  expect(report(urls[0], 4, 3_000)).toBe(true);
  reports.forgetSilent(SILENT_AFTER_MS);
  expect(loads()).toEqual([5, 0]);
});

it('a worker that never reports, while another does, is silent too', () => {
  const { reports, report, loads } = setUp();
  reports.forgetSilent(0);
  report(urls[0], 3, 1_000);
  reports.forgetSilent(1_000);
  report(urls[0], 3, 1_000 + SILENT_AFTER_MS);
  reports.forgetSilent(999 + SILENT_AFTER_MS);
  expect(loads()).toEqual([3, 0]);
  reports.forgetSilent(1_000 + SILENT_AFTER_MS);
  expect(loads()).toEqual([3, 'unknown']);
});

it('what a process says that has ended keeps nobody from being silent', () => {
  const { reports, report, loads } = setUp();
  report(urls[0], 3, 0);
  expect(report(urls[0], 1, 1, 'bbbbbbbb')).toBe(true);
  expect(report(urls[0], 9, 3_000)).toBe(false);
  expect(loads()).toEqual([1, 0]);
  reports.forgetSilent(SILENT_AFTER_MS + 1);
  expect(loads()).toEqual(['unknown', 0]);
});
