import { percentile, syncBackend } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { ownBalancer } from './own-balancer.ts';

export interface BusyOptions {
  readonly requests: number;
  /** How long a backend takes for a request, in ms. */
  readonly serviceMs: number;
  /** Between one request and the next, in ms. */
  readonly arrivalMs: number;
}

export interface BusyResult {
  readonly requests: number;
  /** Those that did not get a 200. */
  readonly failures: number;
  /** Requests that were made at backends more than once. */
  readonly repeated: number;
  /** Backends that were not up at some time. */
  readonly down: number;
  readonly p50: number;
  readonly max: number;
}

const BACKENDS = 3;

/** Three backends that serve one request at a time, with the settings that backends of one's own have. */
export async function busy({ requests, serviceMs, arrivalMs }: BusyOptions): Promise<BusyResult> {
  await using stack = new AsyncDisposableStack();
  const backends = await Promise.all(
    Array.from({ length: BACKENDS }, async () => stack.use(await syncBackend(serviceMs))),
  );
  const { origin } = stack.use(await ownBalancer(backends));
  const durations: number[] = [];
  let failures = 0;
  const ask = async (number: number) => {
    const startedAt = performance.now();
    const response = await fetch(`${origin}/${number}`).catch(() => undefined);
    await response?.text();
    durations.push(performance.now() - startedAt);
    if (response?.status !== 200) failures++;
  };
  const pending: Promise<void>[] = [];
  for (let number = 0; number < requests; number++) {
    pending.push(ask(number));
    await setTimeout(arrivalMs);
  }
  await Promise.all(pending);
  const status = (await (await fetch(`${origin}/status`)).json()) as { gateways: { since: string | null }[] };
  const served = backends.flatMap((backend) => backend.served);
  const sorted = Float64Array.from(durations).toSorted();
  return {
    requests,
    failures,
    repeated: served.length - new Set(served).size,
    down: status.gateways.filter(({ since }) => since !== null).length,
    p50: percentile(sorted, 50),
    max: sorted.at(-1) ?? Number.NaN,
  };
}
