import { defineConfig } from 'oxlint';
import { boundaries } from './tools/lint/boundaries.ts';

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  rules: {
    'no-console': 'error',
    eqeqeq: 'error',
    'prefer-const': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'import/no-cycle': 'error',
    'no-restricted-properties': [
      'error',
      {
        object: 'process',
        property: 'env',
        message: 'Configuration is read once, in @balanza/runtime.',
      },
    ],

    // Nest's modules are empty classes under a decorator.
    'typescript/no-extraneous-class': ['error', { allowWithDecorator: true }],
    // `error as NodeJS.ErrnoException` and the like: JavaScript has no other way to say it.
    'typescript/no-unsafe-type-assertion': 'off',
    // One after the other is usually what is meant: retries, polling, order.
    'no-await-in-loop': 'off',
    // CommonJS packages are imported by their default.
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off',
    // A small function beside the one place that uses it reads better than one at the end of the file.
    'unicorn/consistent-function-scoping': 'off',
    // Some registries of others count on being constructed, such as prom-client's gauges.
    'no-new': 'off',
    // Of windows; threads have no origin.
    'unicorn/require-post-message-target-origin': 'off',
    'typescript/consistent-type-imports': 'off',
    // It takes `expect.stringMatching(…)` inside a conditional expression for an assertion.
    'vitest/no-conditional-expect': 'off',
  },
  overrides: [
    {
      files: [
        '**/*.spec.ts',
        'e2e/**',
        'libs/testing/**',
        // What a benchmark starts gets the environment that the benchmark has.
        'libs/*/bench/**',
        'tools/stack/environment.ts',
        // What runs before anything is installed hands its whole environment on.
        'tools/bootstrap.mjs',
        'tools/setup/**',
      ],
      rules: { 'no-restricted-properties': 'off' },
    },
    {
      files: ['**/*.spec.ts', 'e2e/**'],
      // A rejection in a test's own server fails the test that waits for its answer.
      rules: { 'typescript/no-misused-promises': ['error', { checksVoidReturn: false }] },
    },
    { files: ['tools/**'], rules: { 'no-console': 'off' } },
    ...boundaries(import.meta.dirname),
  ],
  ignorePatterns: ['**/dist/**', '**/node_modules/**', '.nx/**', '.balanza/**'],
});
