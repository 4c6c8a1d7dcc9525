import { readFileSync, statSync } from 'node:fs';
import { parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { TopologyError } from './errors.js';
import { topologyFile } from './schema.js';
import { resolveTopology, type Topology } from './topology.js';

/** Largest file that is read: parsing takes time, which a balancer that reads a changed file does not have for its requests. */
const MAX_FILE_BYTES = 1_048_576;
/** How much of a wrong value an error message repeats. */
const MAX_SHOWN_LENGTH = 200;
/** Name and password in a URL. */
const USER_INFO = /:\/\/[^/?#@\s"]*@/gu;

/** What goes before the file. */
export interface TopologyOverrides {
  /** The address that every process binds and is reached at, as named by `HOST`; balancers find their backends there. */
  readonly host?: string | undefined;
}

/**
 * Reads the topology once.
 *
 * @param path a YAML or JSON file, as named by `BALANZA_CONFIG`; without it, the built-in topology.
 * @throws TopologyError when the file cannot be read, is empty or larger than 1 MiB, is not YAML, or has a field that is unknown or not allowed.
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
    const document = parseDocument(readText(path));
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

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes; at most ${MAX_FILE_BYTES} are allowed`);
  const text = readFileSync(path, 'utf8');
  // Editors and `>` empty a file before they write it, and a balancer may look just then: that is no wish for other backends.
  if (text.trim() === '') throw new Error('it is empty; leave BALANZA_CONFIG out for the built-in topology');
  return text;
}

function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.') || '(the file)';
  const value = issue.input === undefined ? '' : ` = ${shown(issue.input)}`;
  return `  ${field}${value}: ${issue.message}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value).replace(USER_INFO, '://***@');
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}
