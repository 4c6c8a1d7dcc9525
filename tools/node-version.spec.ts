import { APP_NAMES } from '@balanza/topology';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './stack/workspace.ts';

it.each(APP_NAMES)('%s looks at the version of Node before it loads anything else', (app) => {
  const main = readFileSync(join(ROOT, 'apps', app, 'src', 'main.ts'), 'utf8');
  expect(main.split('\n')[0]).toBe("import '@balanza/runtime/assert-node-version';");
});
