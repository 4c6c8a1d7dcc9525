import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface LockedPackage {
  readonly link?: boolean;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
}

const { packages } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
) as { packages: Record<string, LockedPackage> };
const fromRegistry = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);

it('every package from a registry is held to its content, also those of other platforms', () => {
  const loose = fromRegistry.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true);
  expect(loose.map(([path]) => path)).toEqual([]);
  expect(fromRegistry.length).toBeGreaterThan(200);
});

it('no package is bound to the registry that it was locked with', () => {
  expect(fromRegistry.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
