import { expect, it } from 'vitest';
import type { z } from 'zod';
import { cacheRead, cacheWrite, cacheWritten } from './cache.js';
import { dataAnswer, databaseAnswer } from './data.js';
import { processAnswer } from './process.js';
import { task, taskAccepted, taskPayload } from './task.js';

const objects = {
  cacheRead,
  cacheWrite,
  cacheWritten,
  dataAnswer,
  databaseAnswer,
  processAnswer,
  task,
  taskAccepted,
};

const sentences = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [];

it.each(Object.entries({ ...objects, taskPayload }))('%s says in words what it is not', (_name, schema) => {
  for (const value of [[], 'text', null]) {
    expect(sentences(schema, value)).toEqual([['', 'must be a JSON object']]);
  }
});

it.each(Object.entries(objects))('%s says of every field in words what it must be', (_name, schema) => {
  const nonsense = Object.fromEntries(Object.keys(schema.shape).map((field) => [field, Symbol('nonsense')]));
  const said = [...sentences(schema, nonsense), ...sentences(schema, {})];
  expect(said.length).toBeGreaterThan(0);
  for (const [, sentence] of said) expect(sentence).toMatch(/^(must be|is required)/);
});
