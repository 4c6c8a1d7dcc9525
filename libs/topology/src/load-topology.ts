import { readFileSync } from 'node:fs';
import { parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { TopologyError } from './errors.js';
import { topologyFile } from './schema.js';
import { resolveTopology, type Topology } from './topology.js';

/** What goes before the file. */
export interface TopologyOverrides {
  /** The address that every process binds and is reached at, as named by `HOST`; balancers find their backends there. */
  readonly host?: string | undefined;
}

/**
 * Reads the topology once.
 *
 * @param path a YAML or JSON file, as named by `BALANZA_CONFIG`; without it, the built-in topology.
 * @throws TopologyError when the file cannot be read, is not YAML, or has a field that is unknown or not allowed.
 */
export function loadTopology(path?: string, { host }: TopologyOverrides = {}): Topology {
  if (path === undefined || path === '') return resolveTopology({}, host);
  const result = topologyFile.safeParse(readYaml(path) ?? {}, { reportInput: true });
  if (!result.success) {
    throw new TopologyError(
      [`${path} is not a valid topology:`, ...result.error.issues.map(describe)].join('\n'),
    );
  }
  return resolveTopology(result.data, host);
}

function readYaml(path: string): unknown {
  try {
    const document = parseDocument(readFileSync(path, 'utf8'));
    for (const error of document.errors) throw error;
    // One could refer to what it is in, and would never end.
    visit(document, {
      Alias: (_key, { source }) => {
        throw new Error(`it has the alias *${source}; write there what it stands for`);
      },
    });
    return document.toJS();
  } catch (error) {
    throw new TopologyError(`BALANZA_CONFIG=${path} cannot be read: ${(error as Error).message}`);
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.') || '(the file)';
  const value = issue.input === undefined ? '' : ` = ${JSON.stringify(issue.input)}`;
  return `  ${field}${value}: ${issue.message}`;
}
