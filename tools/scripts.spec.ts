import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './stack/workspace.ts';

/** A program of node_modules/.bin or Node itself, and words that every shell takes as they are, cmd.exe included. */
const PORTABLE = /^(node|nx|prettier|tsc|oxlint|vitest)( [\w./@:=-]+)*$/;

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

interface Project {
  readonly targets?: Targets;
  readonly targetDefaults?: Targets;
}

type Targets = Readonly<Record<string, { readonly options?: { readonly command?: string } }>>;

const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const scripts = Object.entries((read('package.json') as Manifest).scripts);

const commands = [
  'nx.json',
  ...globSync('{apps,libs}/*/project.json', { cwd: ROOT }),
  'e2e/project.json',
].flatMap((file) => {
  const { targets, targetDefaults } = read(file) as Project;
  return Object.entries(targets ?? targetDefaults ?? {}).flatMap(([target, { options }]) =>
    options?.command === undefined ? [] : [[`${file} ${target}`, options.command] as const],
  );
});

describe('needs no shell of its own', () => {
  it.each(scripts)('npm run %s', (_name, script) => expect(script).toMatch(PORTABLE));

  // Nx puts the folder or the name of the project in place of what is in braces.
  it.each(commands)('%s', (_name, command) =>
    expect(command.replaceAll(/\{\w+\}/g, 'project')).toMatch(PORTABLE),
  );
});
