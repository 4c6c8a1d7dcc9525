import { STRATEGY_NAMES } from '@balanza/balancing';
import { freePorts } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { status } from '../testing/failing-and-good.js';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';

const GOOD = relayed(ok('good'));
const DEFAULTS = { ejection: {}, retry: {}, limits: {} };

const good: Script = () => ok('good');
const failing: Script = () => status(503);
/** Fails every other request, so that errors in a row never eject it. */
const flaky: Script = ({ earlier }) => (earlier % 2 === 0 ? status(503) : ok('good'));

type Kind = 'good' | 'dead' | 'failing' | 'flaky';

/** How many of 400 GETs are not answered by the good backend, with the settings that backends of one's own have. */
async function failuresOf(kinds: readonly Kind[], strategy: string, clients = 1): Promise<number> {
  const stack = new AsyncDisposableStack();
  await using _ = { [Symbol.asyncDispose]: () => stack.disposeAsync() };
  const urls: string[] = [];
  for (const kind of kinds) {
    if (kind === 'dead') urls.push(`http://127.0.0.1:${(await freePorts(1))[0]}`);
    else urls.push(stack.use(await scriptedBackend({ good, failing, flaky }[kind])).url);
  }
  const proxy = stack.use(await proxyServer(urls, { strategy, policy: DEFAULTS }));
  const each = Array.from({ length: clients }, async () => {
    using client = await RawClient.connect(proxy.port);
    let failures = 0;
    for (let turn = 0; turn < 400 / clients; turn++)
      if ((await client.send(request('GET /')).read(GOOD)) !== GOOD) failures++;
    return failures;
  });
  return (await Promise.all(each)).reduce((sum, failures) => sum + failures, 0);
}

describe('of 400 requests none fails', () => {
  const mixtures: readonly (readonly Kind[])[] = [
    ['good', 'dead', 'failing'],
    ['good', 'failing', 'dead'],
    ['dead', 'good', 'failing'],
    ['dead', 'failing', 'good'],
    ['failing', 'good', 'dead'],
    ['failing', 'dead', 'good'],
    ['failing', 'good'],
    ['dead', 'dead', 'failing', 'good'],
    ['failing', 'failing', 'good'],
    ['flaky', 'dead', 'good'],
    ['flaky', 'flaky', 'good'],
  ];
  it.each(mixtures.map((kinds) => [kinds.join(', '), kinds] as const))('with %s', async (_names, kinds) => {
    expect(await failuresOf(kinds, 'round-robin')).toBe(0);
  });

  it.each(STRATEGY_NAMES)('with one dead, one failing and one good backend, by %s', async (strategy) => {
    expect(await failuresOf(['failing', 'dead', 'good'], strategy)).toBe(0);
  });

  it('with several clients at a time', async () => {
    expect(await failuresOf(['dead', 'failing', 'good'], 'round-robin', 8)).toBe(0);
  });
});
