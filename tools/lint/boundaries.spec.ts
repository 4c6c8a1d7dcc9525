import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../stack/workspace.ts';
import { boundaries } from './boundaries.ts';

const FORBIDDEN = [
  ['libs/proxy/src/a.ts', '@nestjs/common'],
  ['libs/proxy/src/a.ts', '@balanza/runtime'],
  ['libs/tasks/src/deep/er/a.ts', '@balanza/auth'],
  ['libs/proxy/src/a.ts', '@balanza/ttl-cache/nest'],
  ['libs/proxy/src/a.ts', '@balanza/testing'],
  ['libs/runtime/src/a.ts', '@balanza/testing'],
  ['libs/runtime/src/a.ts', '@balanza/api-gateway'],
  ['libs/ttl-cache/src/nest/a.ts', '@balanza/cache'],
  ['apps/worker/src/a.ts', '@balanza/api-gateway'],
  ['apps/worker/src/a.ts', '@balanza/testing'],
  ['apps/worker/src/a.ts', '../../api-gateway/src/app.js'],
  ['apps/worker/src/deep/a.ts', '../../../../libs/proxy/src/index.js'],
  ['libs/proxy/src/a.ts', '../package.json'],
  ['libs/proxy/src/a.spec.ts', '../../runtime/src/index.js'],
] as const;

const ALLOWED = [
  ['libs/proxy/src/a.ts', '@balanza/balancing'],
  ['libs/proxy/src/a.ts', 'undici'],
  ['libs/proxy/src/deep/a.ts', '../index.js'],
  ['libs/ttl-cache/src/nest/a.ts', '@nestjs/common'],
  ['libs/ttl-cache/src/nest/a.ts', '../index.js'],
  ['libs/auth/src/a.ts', '@balanza/runtime'],
  ['libs/auth/src/a.ts', '@balanza/contracts'],
  ['apps/worker/src/a.ts', '@balanza/tasks'],
  ['apps/worker/src/a.ts', '@balanza/runtime'],
  ['apps/worker/src/deep/a.ts', '../app.js'],
  ['libs/proxy/src/a.spec.ts', '@balanza/testing'],
  ['libs/proxy/src/testing/a.ts', '@balanza/testing'],
  ['libs/testing/src/a.ts', '@balanza/runtime'],
  ['e2e/src/a.ts', '@balanza/testing'],
] as const;

let refused: ReadonlySet<string>;
let workspace: string;

/** Each import is a file of its own in a copy of the workspace that has the real configuration and tags. */
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'balanza-boundaries-'));
  for (const file of [
    'oxlint.config.ts',
    'tools/lint/boundaries.ts',
    ...globSync('{apps,libs}/*/project.json', { cwd: ROOT }),
  ]) {
    cpSync(join(ROOT, file), join(workspace, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'));
  for (const [file, specifier] of [...FORBIDDEN, ...ALLOWED]) {
    const path = join(workspace, fileFor(file, specifier));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import * as it from '${specifier}';\nexport default it;\n`);
  }
  refused = new Set(lint(workspace));
});

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

function fileFor(file: string, specifier: string): string {
  return file.replace('a.', `${specifier.replaceAll(/\W+/g, '_')}.`);
}

/** The files in which `no-restricted-imports` finds something. */
function lint(cwd: string): string[] {
  const oxlint = join(ROOT, 'node_modules', '.bin', 'oxlint');
  let output: string;
  try {
    output = execFileSync(oxlint, ['-f', 'json'], { cwd, encoding: 'utf8' });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] };
  return diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename }) => filename.replaceAll('\\', '/'));
}

describe('a file may not import', () => {
  it.each(FORBIDDEN)('%s: %s', (file, specifier) => {
    expect([...refused]).toContain(fileFor(file, specifier));
  });
});

describe('a file may import', () => {
  it.each(ALLOWED)('%s: %s', (file, specifier) => {
    expect([...refused]).not.toContain(fileFor(file, specifier));
  });
});

describe('a project', () => {
  it('has exactly one layer', () => {
    expect(() => boundaries(ROOT)).not.toThrow();
  });

  it('without a layer stops the linter, with what is missing', () => {
    const folder = join(workspace, 'untagged', 'apps', 'new');
    mkdirSync(folder, { recursive: true });
    mkdirSync(join(workspace, 'untagged', 'libs'), { recursive: true });
    writeFileSync(join(folder, 'project.json'), '{ "tags": ["layer:other"] }');
    expect(() => boundaries(join(workspace, 'untagged'))).toThrow(
      'apps/new/project.json needs a tag layer:<core|nest|app|testing>',
    );
  });
});
