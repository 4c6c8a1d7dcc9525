import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Libraries resolve to their sources, so a test never runs against a stale build.
  ssr: { resolve: { conditions: ['@balanza/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@balanza/source', 'node', 'import', 'default'] },
  test: {
    include: ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    passWithNoTests: true,
  },
});
