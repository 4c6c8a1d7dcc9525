import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { releaseStartUpMemory } from './start-up-memory.js';

// Out here, where it stays: a registry that is itself collected tells nobody.
const collected = Promise.withResolvers<string>();
const registry = new FinalizationRegistry(collected.resolve);
const leaveBehind = (what: string) => registry.register({}, what);

it('gives back what only start-up needed', async () => {
  leaveBehind('what nobody needs any more');
  releaseStartUpMemory(1);
  expect(await collected.promise).toBe('what nobody needs any more');
}, 5_000);

it('does not keep a process running that is done', () => {
  const module = JSON.stringify(join(import.meta.dirname, 'start-up-memory.ts'));
  const script = `(await import(${module})).releaseStartUpMemory(60_000); console.log('done');`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
  expect(output.toString()).toBe('done\n');
});
