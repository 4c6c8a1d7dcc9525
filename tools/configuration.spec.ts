import { balancerConfig } from '@balanza/balancer';
import { STRATEGIES, type StrategyDefinition } from '@balanza/balancing';
import { runtimeConfig } from '@balanza/runtime';
import { loadTopology, resilienceGroups, topologyFile } from '@balanza/topology';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { gatewayConfig } from '../apps/api-gateway/src/config.ts';
import { cacheConfig } from '../apps/cache/src/config.ts';
import { databaseConfig } from '../apps/database/src/config.ts';
import { microserviceConfig } from '../apps/microservice/src/config.ts';
import { workerConfig } from '../apps/worker/src/config.ts';
import { launcherConfig } from './stack/launcher-config.ts';

const root = join(import.meta.dirname, '..');
const schemas = {
  'Every process': runtimeConfig,
  Launcher: launcherConfig,
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

/** The path of each member that has none of its own; `[]` stands for each of a list. */
function membersOf(schema: z.core.JSONSchema.BaseSchema, path = ''): string[] {
  const { properties, items } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, member]) =>
      typeof member === 'boolean' ? [] : membersOf(member, path === '' ? name : `${path}.${name}`),
    );
  if (typeof items === 'object' && !Array.isArray(items) && items.properties !== undefined)
    return membersOf(items, `${path}[]`);
  return [path];
}

/** The cells of each row, without the code marks. */
const cellsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.replaceAll('`', '').trim()),
    );

/** What every row has to say, whatever it calls the first column. */
const COLUMNS = ['default', 'allowed', 'when to change it'];
/** Shorter than any sentence that says when. */
const ADVICE_LENGTH = 15;

describe('each setting in docs/configuration.md', () => {
  const tables = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
    .split('\n\n')
    .filter((block) => /^\| (variable|setting) /.test(block))
    .map((block) => [block.split('\n', 1)[0] ?? '', cellsIn(block)] as const);

  it('has a column for its default, what is allowed and when to change it', () => {
    expect(tables.length).toBeGreaterThan(
      Object.keys(schemas).length + Object.keys(resilienceGroups).length - 2,
    );
    for (const [head] of tables)
      expect(
        head
          .split('|')
          .slice(2, -1)
          .map((title) => title.trim()),
      ).toEqual(COLUMNS);
  });

  it('says what is allowed, with the unit of a time, and when to change it', () => {
    for (const [name = '', , allowed = '', advice = ''] of tables.flatMap(([, rows]) => rows)) {
      expect([name, allowed]).not.toEqual([name, '']);
      expect([name, advice.length > ADVICE_LENGTH]).toEqual([name, true]);
      // A range of seconds that does not say so would be taken for a count.
      if (/TIMEOUT|DELAY|DURATION|RETENTION|TTL|KEEP_ALIVE$|SLOW_START|STALE|_TIME$|TIME_LIMIT/.test(name))
        expect([name, allowed]).toEqual([name, expect.stringMatching(/\d s\b/)]);
    }
  });
});

/** Longest that a timer of Node waits, in seconds; it takes what is longer for 1 ms. */
const MAX_TIMER_S = (2 ** 31 - 1) / 1000;

it('a time that may be longer than a timer waits is one for which no timer waits', () => {
  const rows = cellsIn(readFileSync(join(root, 'docs/configuration.md'), 'utf8'));
  const long = rows.filter(
    ([, , allowed = '']) => Number(/–(\d+) s\b/.exec(allowed)?.[1] ?? 0) > MAX_TIMER_S,
  );
  // Each of them is compared with a clock, or is the database's or the browser's.
  expect(long.map(([name = '']) => name).toSorted()).toEqual([
    'CACHE_STALE_FOR',
    'DATA_TTL',
    'TASK_FAILED_RETENTION',
    'TASK_RETENTION',
    'sticky.maxAge',
  ]);
});

describe('the topology file in docs/configuration.md', () => {
  const section =
    readFileSync(join(root, 'docs/configuration.md'), 'utf8').split('## The topology file')[1] ?? '';
  const rows = cellsIn(section);

  it('has an example that is taken as it is', () => {
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(section) ?? [];
    expect(topologyFile.safeParse(parse(yaml)).error).toBeUndefined();
  });

  it('names every other member, and no other', () => {
    const documented = rows
      .map(([name = '']) => name)
      .filter((name) => /^(host$|apps|postgres|balancers)/.test(name));
    const known = membersOf(z.toJSONSchema(topologyFile, { io: 'input', unrepresentable: 'any' }))
      .map((name) =>
        name.replace(/^apps\.[\w-]+/, 'apps.<app>').replace(/^balancers\.[\w-]+/, 'balancers.<name>'),
      )
      .filter((name) => !((name.split('.')[2] ?? '') in resilienceGroups));
    expect(documented.toSorted()).toEqual([...new Set(known)].toSorted());
  });

  it('names every setting of how backends are treated, and no other', () => {
    const documented = rows
      .map(([name = '']) => name)
      .filter((name) => (name.split('.', 1)[0] as string) in resilienceGroups);
    const known = Object.entries(resilienceGroups).flatMap(([group, schema]) =>
      Object.keys(schema.unwrap().shape).map((name) => `${group}.${name}`),
    );
    expect(documented.toSorted()).toEqual(known.toSorted());
  });

  it('gives their defaults', () => {
    const topology = loadTopology().balancers['lb-microservices'];
    for (const group of Object.keys(resilienceGroups) as (keyof typeof resilienceGroups)[]) {
      for (const [name, value] of Object.entries(topology[group])) {
        const [, documented = ''] = rows.find(([row]) => row === `${group}.${name}`) ?? [];
        const shown = Array.isArray(value) ? value.join(', ') : String(value);
        expect([name, documented.split(/[; ](?!\d)/)[0]]).toEqual([name, shown]);
      }
    }
  });

  it.each(Object.entries<StrategyDefinition>(STRATEGIES))(
    'names the strategy %s with its settings as they are',
    (strategy, { advice, settings, weighted }) => {
      const [, weights, documented, when] = rows.find(([row]) => row === strategy) ?? [];
      expect([weights, when]).toEqual([weighted ? 'yes' : 'no', advice]);
      for (const setting of settings) {
        const { name, default: value, unit } = setting;
        const allowed =
          setting.kind === 'choice' ? setting.choices.join(', ') : `${setting.min}–${setting.max}`;
        expect(documented).toContain(`${name} (${`${value} ${unit}`.trimEnd()}; ${allowed})`);
      }
    },
  );
});

describe('.env.example', () => {
  it('names every variable', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    const named = new Set(example.match(/^#? ?[A-Z_]+(?==)/gm)?.map((name) => name.replace(/^#? ?/, '')));
    const known = new Set(Object.values(schemas).flatMap((schema) => Object.keys(schema.shape)));
    expect([...named].toSorted()).toEqual([...known].toSorted());
  });
});
