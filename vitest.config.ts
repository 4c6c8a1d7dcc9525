import { defineConfig } from 'vitest/config';
import { useOwnSettings } from './tools/test/own-settings.ts';

useOwnSettings();

/** How often a property is tried by `npx nx fuzz`, unless `FUZZ_RUNS` says otherwise. */
const FUZZ_RUNS = '20000';

export default defineConfig(({ mode }) => ({
  // Libraries resolve to their sources, so a test never runs against a stale build.
  // `import` and `require` are left out: they follow from the kind of statement, and naming one here would give a
  // package's ESM build to those who `require` it.
  ssr: { resolve: { conditions: ['@balanza/source', 'node'] } },
  resolve: { conditions: ['@balanza/source', 'node'] },
  // Specs are in no tsconfig, so the transformer is told here what tsconfig.base.json tells it of the sources.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 90_000,
    // A bound on a failure, not on the speed of the machine: the default is a second.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    pool: 'forks',
    passWithNoTests: true,
    // oxlint-disable-next-line no-restricted-properties -- what is set goes before the default
    env: mode === 'fuzz' ? { FUZZ_RUNS: process.env['FUZZ_RUNS'] ?? FUZZ_RUNS } : {},
  },
}));
