import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The environment of this process for one that a test starts, without the settings of whoever runs the test: each
 * variable that the checkout's `.env.example` names is there and empty. Empty counts as not set, and is kept by
 * `process.loadEnvFile()`, so that nothing comes in from an `.env` either.
 *
 * @param root the folder of the checkout
 * @param own what the test itself sets
 */
export function isolatedEnvironment(
  root: string,
  own: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const example = readFileSync(join(root, '.env.example'), 'utf8');
  const settings = Array.from(example.matchAll(/^#? ?([A-Z][A-Z_]*)=/gm), ([, name = '']) => [name, '']);
  return { ...process.env, ...(Object.fromEntries(settings) as Record<string, string>), ...own };
}
