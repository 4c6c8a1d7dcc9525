import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { ownBackend, ownBalancer, type Answer } from './own-balancer.ts';
import { SteadyLoad, type LoadReport } from './steady-load.ts';

const good: Answer = (response) => response.end('good');
const status =
  (code: number): Answer =>
  (response) => {
    response.statusCode = code;
    response.end('bad');
  };
const broken: Answer = (response) => response.destroy();
const oneInThree =
  (bad: Answer): Answer =>
  (response, number) =>
    (number % 3 === 0 ? bad : good)(response, number);

/** How a backend may fail. */
const FAILURES: readonly (readonly [what: string, answer: Answer])[] = [
  ['answers 500', status(500)],
  ['answers 503', status(503)],
  ['breaks the connection', broken],
];

export interface BadBackendOptions {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface FlakyResult {
  readonly what: string;
  readonly report: LoadReport;
  /** Of all requests that backends got, those that went to the bad one. */
  readonly share: number;
}

/** One of two backends fails 1 request in 3. */
export async function* flaky(options: BadBackendOptions): AsyncGenerator<FlakyResult> {
  for (const [what, bad] of FAILURES) {
    await using healthy = await ownBackend(good);
    await using sick = await ownBackend(oneInThree(bad));
    await using balancer = await ownBalancer([healthy, sick]);
    const report = await load(balancer.origin, options);
    yield { what, report, share: sick.requests / (sick.requests + healthy.requests) };
  }
}

export interface StormResult {
  readonly what: string;
  readonly clientRequests: number;
  readonly backendRequests: number;
}

/** All backends fail, always; nothing is ejected, so that nothing but the budget holds retries back. */
export async function* storm(options: BadBackendOptions): AsyncGenerator<StormResult> {
  for (const [what, bad] of FAILURES) {
    for (const ejection of [true, false]) {
      await using first = await ownBackend(bad);
      await using second = await ownBackend(bad);
      await using balancer = await ownBalancer(
        [first, second],
        ejection ? {} : { ejection: { maxShare: 0 } },
      );
      const { requests } = await load(balancer.origin, options);
      yield {
        what: `${what}${ejection ? '' : ', and none is ejected'}`,
        clientRequests: requests,
        backendRequests: first.requests + second.requests,
      };
    }
  }
}

/** How long the backends take for one request, in ms: one of them ten times as long. */
const FAST = 5;
const SLOW = 50;

/** One of three backends is ten times slower, and each takes one request at a time. */
export async function slow(strategy: string, options: BadBackendOptions): Promise<LoadReport> {
  await using first = await ownBackend(oneAtATime(FAST));
  await using second = await ownBackend(oneAtATime(FAST));
  await using third = await ownBackend(oneAtATime(SLOW));
  await using balancer = await ownBalancer([first, second, third], { strategy });
  return await load(balancer.origin, options);
}

function oneAtATime(milliseconds: number): Answer {
  let last = Promise.resolve();
  return (response) => {
    last = answerAfter(last, milliseconds, response);
  };
}

async function answerAfter(
  before: Promise<void>,
  milliseconds: number,
  response: ServerResponse,
): Promise<void> {
  await before;
  await setTimeout(milliseconds);
  response.end('done');
}

async function load(origin: string, { rate, seconds }: BadBackendOptions): Promise<LoadReport> {
  const steady = new SteadyLoad({ origin, path: '/', rate });
  await setTimeout(seconds * 1_000);
  return steady.stop();
}
