/**
 * Who may import whom, as overrides of oxlint's `no-restricted-imports`. The layer of a project is the `layer:*` tag
 * of its project.json; nothing here names a project.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAY_IMPORT = {
  core: ['core'],
  nest: ['nest', 'core'],
  app: ['nest', 'core'],
  // Tests, and what only tests use.
  testing: ['testing', 'app', 'nest', 'core'],
} as const;
type Layer = keyof typeof MAY_IMPORT;

/** How many folders below `src` a file may lie. */
const MAX_DEPTH = 4;
const SCOPE = '@balanza/';

interface Project {
  readonly name: string;
  /** Relative to the workspace, such as `libs/proxy`. */
  readonly folder: string;
  readonly layer: Layer;
}

interface Restriction {
  regex: string;
  message: string;
}

interface Override {
  files: string[];
  rules: { 'no-restricted-imports': ['error', { patterns: Restriction[] }] };
}

/** The overrides for every project below `apps` and `libs` of `workspace`. */
export function boundaries(workspace: string): Override[] {
  const projects = ['apps', 'libs'].flatMap((parent) => readProjects(workspace, parent));
  return projects.flatMap(({ layer, folder }) => [
    ...overridesOf(layer, `${folder}/src`, projects),
    // A library of the core may have an entry for Nest, in a folder of its own.
    ...(layer === 'core' ? overridesOf('nest', `${folder}/src/nest`, projects, 1) : []),
    // What its own tests share, which no build takes in.
    ...overridesOf('testing', `${folder}/src/testing`, projects, 1),
    ...overridesOf('testing', `${folder}/src`, projects, 0, '*.spec.ts'),
  ]);
}

/** One override per depth, since how many `../` still stay inside the project depends on it. */
function overridesOf(
  layer: Layer,
  folder: string,
  projects: readonly Project[],
  depthOfFolder = 0,
  files = '*.ts',
): Override[] {
  return Array.from({ length: MAX_DEPTH + 1 - depthOfFolder }, (_, below) =>
    override(`${folder}/${'*/'.repeat(below)}${files}`, [
      ...forbiddenPackages(layer, projects),
      leavingProject(depthOfFolder + below),
    ]),
  );
}

function override(files: string, patterns: Restriction[]): Override {
  return { files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

function forbiddenPackages(layer: Layer, projects: readonly Project[]): Restriction[] {
  const allowed: readonly Layer[] = MAY_IMPORT[layer];
  const names = projects.filter((project) => !allowed.includes(project.layer)).map(({ name }) => name);
  if (names.length === 0) return [];
  const restrictions = [
    {
      regex: `^${SCOPE}(${names.join('|')})(/|$)`,
      message: `The layer "${layer}" may import only: ${allowed.join(', ')}.`,
    },
  ];
  if (layer === 'core') {
    restrictions.push({ regex: `^@nestjs/|^${SCOPE}.*/nest$`, message: 'The core does not know Nest.' });
  }
  return restrictions;
}

function leavingProject(depth: number): Restriction {
  return {
    regex: `^(\\./)*(\\.\\./){${depth + 1}}`,
    message: 'A relative import stays inside its project; another project is imported by its name.',
  };
}

function readProjects(workspace: string, parent: string): Project[] {
  return readdirSync(join(workspace, parent)).map((name) => {
    const folder = `${parent}/${name}`;
    const file = JSON.parse(readFileSync(join(workspace, folder, 'project.json'), 'utf8')) as {
      tags?: string[];
    };
    const layer = file.tags?.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length);
    if (layer === undefined || !isLayer(layer)) {
      throw new Error(`${folder}/project.json needs a tag layer:<${Object.keys(MAY_IMPORT).join('|')}>`);
    }
    return { name, folder, layer };
  });
}

function isLayer(name: string): name is Layer {
  return name in MAY_IMPORT;
}
