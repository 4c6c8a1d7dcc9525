import { eventually, httpUpstream } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { control, namedBackend, startBalancer, type StartedBalancer } from '../testing/balancer.js';

const settings = {
  health: { path: '/ready', interval: 0.1, fastInterval: 0.1, timeout: 0.5 },
  slowStart: { window: 0 },
};
/** Answers 503 to everything, checks included. */
const brokenBackend = () => httpUpstream((_request, response) => response.writeHead(503).end());

/** Sends POSTs, which nothing sends again, until `change` has been made and its backend is found to be down. */
async function statusesDuring(
  balancer: StartedBalancer,
  change: () => Promise<unknown>,
): Promise<Set<number>> {
  const statuses = new Set<number>();
  const over = new AbortController();
  const load = async () => {
    while (!over.signal.aborted) statuses.add((await fetch(balancer.url, { method: 'POST' })).status);
  };
  const running = load();
  await change();
  await eventually(async () => {
    const body = (await (await fetch(`${balancer.url}/status`)).json()) as { gateways: object[] };
    expect(body.gateways.at(-1)).toMatchObject({ state: 'down', reason: 'checks', requests: 0 });
  });
  over.abort();
  await running;
  return statuses;
}

describe('a new backend that does not work costs no request', () => {
  it('when a changed file names it', async () => {
    await using good = await namedBackend('good');
    await using broken = await brokenBackend();
    await using balancer = await startBalancer('load-balancer', [good], { settings });
    const backends = [good, broken].map(({ url }) => ({ url }));
    const change = () => Promise.resolve(balancer.rewrite({ ...settings, backends }));
    expect(await statusesDuring(balancer, change)).toEqual(new Set([200]));
  });

  it('when it is added over the control API, or made ready after maintenance', async () => {
    await using good = await namedBackend('good');
    await using broken = await brokenBackend();
    await using balancer = await startBalancer('load-balancer', [good], { settings });
    const add = () => control(balancer, 'POST', '/backends', { body: { url: broken.url } });
    expect(await statusesDuring(balancer, add)).toEqual(new Set([200]));
    const resource = `/backends/${new URL(broken.url).host}`;
    const repair = async () => {
      await control(balancer, 'PATCH', resource, { body: { mode: 'maintenance' } });
      await control(balancer, 'PATCH', resource, { body: { mode: 'ready' } });
    };
    expect(await statusesDuring(balancer, repair)).toEqual(new Set([200]));
  });

  it('when it is there from the start', async () => {
    await using good = await namedBackend('good');
    await using broken = await brokenBackend();
    await using balancer = await startBalancer('load-balancer', [good, broken], { settings });
    const change = () => Promise.resolve();
    expect(await statusesDuring(balancer, change)).toEqual(new Set([200]));
  });
});

it('a new backend that works gets its share once its first check is over', async () => {
  await using first = await namedBackend('first');
  await using second = await namedBackend('second');
  await using balancer = await startBalancer('load-balancer', [first], { settings });
  await control(balancer, 'POST', '/backends', { body: { url: second.url } });
  await eventually(async () => {
    const seen = [await fetch(balancer.url), await fetch(balancer.url)].map((answer) => answer.text());
    expect((await Promise.all(seen)).toSorted()).toEqual(['first', 'second']);
  });
});

it('where nothing is checked, a new backend gets its share at once', async () => {
  await using first = await namedBackend('first');
  await using second = await namedBackend('second');
  const unchecked = { ...settings, health: { check: 'off' } };
  await using balancer = await startBalancer('load-balancer', [first], { settings: unchecked });
  await control(balancer, 'POST', '/backends', { body: { url: second.url } });
  const seen = [await fetch(balancer.url), await fetch(balancer.url)].map((answer) => answer.text());
  expect((await Promise.all(seen)).toSorted()).toEqual(['first', 'second']);
});
