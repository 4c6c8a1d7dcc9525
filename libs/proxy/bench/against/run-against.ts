import { builtRevision } from '@balanza/testing';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { balanza, balanzaOf, WORKSPACE } from '../contestants/balanza.ts';
import type { Processes } from '../processes/processes.ts';
import type { Scenario } from '../scenarios.ts';
import { compare, type Comparison } from './comparison.ts';

export interface AgainstOptions {
  /** Pairs of measurements in each scenario. */
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly scenarios: readonly Scenario[];
  /** An existing folder for temporary files. */
  readonly folder: string;
  /** Told what is going on. */
  readonly onProgress: (text: string) => void;
}

/**
 * Builds another commit and measures the working tree, as it was built last, beside it.
 *
 * @param revision anything that git takes for a commit
 * @returns the title of the other commit, and what each scenario gave
 * @throws Error when there is no such commit, when it does not build, or when a measurement had errors
 */
export async function runAgainst(
  processes: Processes,
  revision: string,
  { rounds, seconds, scenarios, folder, onProgress }: AgainstOptions,
): Promise<{ readonly title: string; readonly comparisons: readonly Comparison[] }> {
  const workspace = join(folder, 'revision');
  mkdirSync(workspace);
  onProgress(`Installing and building ${revision}`);
  const { title } = builtRevision(WORKSPACE, revision, { project: 'apps/load-balancer', folder: workspace });
  const base = balanzaOf({ name: 'base', title, version: title, workspace });
  const comparisons: Comparison[] = [];
  for (const scenario of scenarios)
    comparisons.push(
      await compare(processes, scenario, {
        pairs: rounds,
        seconds,
        subject: balanza,
        base,
        folder,
        onProgress,
      }),
    );
  return { title, comparisons };
}
