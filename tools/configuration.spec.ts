import { balancerConfig } from '@balanza/balancer';
import { runtimeConfig } from '@balanza/runtime';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../apps/api-gateway/src/config.ts';
import { cacheConfig } from '../apps/cache/src/config.ts';
import { databaseConfig } from '../apps/database/src/config.ts';
import { microserviceConfig } from '../apps/microservice/src/config.ts';
import { workerConfig } from '../apps/worker/src/config.ts';

const root = join(import.meta.dirname, '..');
const schemas = {
  'Every process': runtimeConfig,
  'API gateway': gatewayConfig,
  Balancers: balancerConfig,
  Microservice: microserviceConfig,
  Worker: workerConfig,
  Cache: cacheConfig,
  'Database service': databaseConfig,
};

describe('docs/configuration.md', () => {
  const sections = readFileSync(join(root, 'docs/configuration.md'), 'utf8').split(/^## /m);

  it.each(Object.entries(schemas))(
    '%s: names every variable that the schema has, and no other',
    (title, schema) => {
      const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
      const rows = section.split('\n').filter((line) => line.startsWith('| `'));
      const documented = rows.flatMap((row) => row.split('|')[1]?.match(/[A-Z][A-Z_]+/g) ?? []);
      expect(documented.toSorted()).toEqual(Object.keys(schema.shape).toSorted());
    },
  );

  it.each(Object.entries(schemas))('%s: gives the defaults that the schema has', (title, schema) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
    const defaults = schema.partial().safeParse({}).data ?? {};
    for (const [name, value] of Object.entries(defaults)) {
      const row =
        section.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
      expect([name, row.split('|')[2]?.replaceAll('`', '').trim()]).toEqual([
        name,
        expect.stringMatching(new RegExp(`^${String(value)}(;|$)`)),
      ]);
    }
  });
});

describe('.env.example', () => {
  it('names every variable', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    const named = new Set(example.match(/^#? ?[A-Z_]+(?==)/gm)?.map((name) => name.replace(/^#? ?/, '')));
    const known = new Set(Object.values(schemas).flatMap((schema) => Object.keys(schema.shape)));
    expect([...named].toSorted()).toEqual([...known].toSorted());
  });
});
