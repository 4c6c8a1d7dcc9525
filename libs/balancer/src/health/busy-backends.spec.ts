import { syncBackend } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startBalancer } from '../testing/balancer.js';

const SERVICE_MS = 1_000;
const ARRIVAL_MS = 420;
const REQUESTS = 12;
/** As much shorter than a request as the defaults are than one of 5 s. */
const health = { interval: 0.4, fastInterval: 0.1, timeout: 0.2 };

it('backends that serve one request at a time are up while they do, and no request is done twice', async () => {
  const stack = new AsyncDisposableStack();
  await using _ = { [Symbol.asyncDispose]: () => stack.disposeAsync() };
  const backends = await Promise.all([1, 2, 3].map(async () => stack.use(await syncBackend(SERVICE_MS))));
  const balancer = stack.use(await startBalancer('load-balancer', backends, { settings: { health } }));
  const answers: Promise<readonly [number, string]>[] = [];
  const targets = Array.from({ length: REQUESTS }, (_each, index) => `/${index}`);
  for (const target of targets) {
    answers.push(fetch(balancer.url + target).then(async (answer) => [answer.status, await answer.text()]));
    await setTimeout(ARRIVAL_MS);
  }
  expect(await Promise.all(answers)).toEqual(targets.map(() => [200, 'done']));
  expect(backends.flatMap(({ served }) => served).toSorted()).toEqual(targets.toSorted());
  const { gateways } = (await (await fetch(`${balancer.url}/status`)).json()) as { gateways: object[] };
  const untouched = { state: 'up', since: null, requests: REQUESTS / 3, errors: 0, retries: 0 };
  expect(gateways).toMatchObject(backends.map(() => untouched));
});
