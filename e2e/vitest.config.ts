import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';
import { useOwnSettings } from '../tools/test/own-settings.ts';

useOwnSettings();

class ByName extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId)));
  }
}

/** The files run in the order of their names, one after another, against one running system. */
export default defineConfig({
  ssr: { resolve: { conditions: ['@balanza/source', 'node', 'import', 'default'] } },
  test: {
    root: import.meta.dirname,
    include: ['src/**/*.e2e.ts'],
    globalSetup: ['src/global-setup.ts'],
    fileParallelism: false,
    sequence: { sequencer: ByName },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
