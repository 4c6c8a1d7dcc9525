import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { STRATEGIES, STRATEGY_NAMES } from './registry/strategies.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

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
