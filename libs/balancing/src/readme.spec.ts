import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { STRATEGIES, STRATEGY_NAMES } from './registry/strategies.js';
import { Failover, order } from './testing/failover.js';
import { fleet } from './testing/backends.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('the README’s strategy of one’s own is the one that is tried here', async () => {
  const source = await readFile(new URL('testing/failover.ts', import.meta.url), 'utf8');
  expect(readme).toContain(source.replace('export const order', 'const order').trim());
});

it('the strategy of one’s own does what the README says', () => {
  expect(order).toEqual(['http://127.0.0.1:5007', 'http://127.0.0.1:5001']);
  const backends = fleet(3);
  const strategy = new Failover();
  const [first, second, third] = backends;
  if (first !== undefined) strategy.observe(first, { durationMs: 1, failed: true });
  expect([...strategy.candidates(backends)]).toEqual([second, third, first]);
  expect(backends.map((each) => strategy.inspect(each).failed)).toEqual([1, 0, 0]);
  if (first !== undefined) strategy.observe(first, { durationMs: 1, failed: false });
  expect([...strategy.candidates(backends)]).toEqual(backends);
});

it('the README has every strategy and every setting, as they are defined', () => {
  for (const name of STRATEGY_NAMES) {
    const { advice, settings } = STRATEGIES[name];
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` .*\\| ${escaped(advice)} +\\|$`, 'm'));
    for (const setting of settings)
      expect(readme).toMatch(
        new RegExp(
          `^\\| \`${name}\` +\\| \`${setting.name}\` +\\| ${setting.default} *${setting.unit} +\\| .*\\| ${escaped(setting.advice)} +\\|$`,
          'm',
        ),
      );
  }
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
