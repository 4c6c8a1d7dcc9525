import { eventually, temporaryFolder } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { control, namedBackend, startBalancer } from '../testing/balancer.js';
import { LOGGING, logLines } from '../testing/log-lines.js';
import { ChangeError } from './balancing-state.js';
import { reloadOnChange } from './reload.js';

const answers = async (url: string, count: number) => {
  let seen = '';
  for (let i = 0; i < count; i++) seen += await (await fetch(url)).text();
  return seen;
};
const slowStart = { window: 0 };

describe('a changed file', () => {
  it('is in force without a restart, and no request is lost by it', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a], { settings: { slowStart } });
    const load = new AbortController();
    const statuses = new Set<number>();
    const running = (async () => {
      while (!load.signal.aborted) statuses.add((await fetch(balancer.url)).status);
    })();
    balancer.rewrite({ slowStart, strategy: 'weighted-round-robin', backends: [{ url: b.url, weight: 2 }] });
    await eventually(async () => expect(await answers(balancer.url, 4)).toBe('bbbb'));
    load.abort();
    await running;
    expect([...statuses]).toEqual([200]);
    expect(await control(balancer, 'GET', '/strategy')).toMatchObject({
      body: { name: 'weighted-round-robin' },
    });
  });

  it('is refused with the reason when it is broken, and what was before stays', async () => {
    using log = logLines();
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a], {
      environment: LOGGING,
      settings: { slowStart },
    });
    balancer.rewrite({ backends: [{ url: b.url, weight: -1 }] });
    await eventually(() =>
      expect(log.lines.join('')).toContain(
        'balancing not changed: ' +
          `${balancer.folder.path}/balanza.json is not a valid topology:\\n` +
          '  balancers.load-balancer.backends.0.weight = -1: must be at least 1',
      ),
    );
    expect(await answers(balancer.url, 2)).toBe('aa');
    balancer.rewrite({ slowStart, backends: [{ url: b.url }] });
    await eventually(async () => expect(await answers(balancer.url, 2)).toBe('bb'));
  });

  it('leaves what was changed over the API alone when it says nothing new of this balancer', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a], { settings: { slowStart } });
    await control(balancer, 'POST', '/backends', { body: { url: b.url } });
    balancer.rewrite({ slowStart });
    process.emit('SIGHUP', 'SIGHUP');
    expect((await answers(balancer.url, 4)).split('').toSorted().join('')).toBe('aabb');
    balancer.rewrite({ slowStart, strategy: 'least-connections' });
    await eventually(async () => expect(await answers(balancer.url, 4)).toBe('aaaa'));
  });

  it('waits where there is no room for its backends yet', async () => {
    using folder = temporaryFolder();
    const write = (weight: number) =>
      folder.write(
        'b.yaml',
        `balancers: { load-balancer: { backends: [{ url: "http://a", weight: ${weight} }] } }`,
      );
    const path = write(1);
    const lines: string[] = [];
    const tell = (line: unknown) => lines.push(String(line));
    const weights: (number | undefined)[] = [];
    const file = reloadOnChange({
      path,
      host: undefined,
      name: 'load-balancer',
      applyConfig: (topology) => topology,
      logger: { info: tell, warn: tell },
      audit: { refused: (...refused) => tell(refused) },
      control: {
        version: 1,
        reload: ({ backends }) => {
          const details = [{ field: 'backends', message: 'must wait' }];
          return weights.push(backends[0]?.weight) > 1
            ? Promise.resolve()
            : Promise.reject(new ChangeError(details));
        },
      },
    });
    write(2);
    file.start();
    process.emit('SIGHUP', 'SIGHUP');
    // The signal and the look at the file may both have it read, so that it may be read once more than is needed.
    await eventually(() => expect(weights.slice(0, 2)).toEqual([2, 2]));
    file.stop();
    await eventually(() =>
      expect(lines.slice(0, 2)).toEqual([
        `${path} has changed and is not in force yet: backends must wait`,
        `${path} was read anew and is in force`,
      ]),
    );
  });
});
