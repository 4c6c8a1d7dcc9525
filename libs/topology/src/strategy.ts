import {
  parseHashKey,
  settingProblems,
  STRATEGIES,
  STRATEGY_NAMES,
  type Setting,
  type SettingValues,
  type StrategyName,
} from '@balanza/balancing';
import { z } from 'zod';
import { knownMembers } from './known-members.js';
import { listed } from './listed.js';

/** How a balancer orders its backends: the strategies of `@balanza/balancing`. */
export const strategyName = z.enum(STRATEGY_NAMES, `must be ${listed(STRATEGY_NAMES, 'or')}`);

const hashKey = z.string('must be text').refine(isHashKey, {
  message: 'must be address, uri, header <name> or cookie <name>',
});

/** A strategy by name, with values for its settings. */
export const strategyChoice = knownMembers({
  name: strategyName.describe('As in @balanza/balancing'),
  settings: z
    .record(
      z.string(),
      z.union([z.number(), z.string()], 'must be a number or a text'),
      'must be an object of settings and their values',
    )
    .default({})
    .describe('What is not named has its default'),
  hashKey: hashKey
    .default('address')
    .describe('What strategies that hash do hash: address, uri, header <name> or cookie <name>'),
}).superRefine(({ name, settings }, context) => {
  for (const problem of settingProblems(STRATEGIES[name].settings, settings)) {
    const { message, value } = problem;
    context.addIssue({ code: 'custom', path: ['settings', problem.name], message, input: value });
  }
});
export type StrategyChoice = z.output<typeof strategyChoice>;

/** The strategy of this name, as it is without settings. */
export function strategyOf(name: StrategyName): StrategyChoice {
  return { name, settings: {}, hashKey: 'address' };
}

/**
 * The values of a strategy's settings: as chosen, or as `defaults` has them for this balancer; the strategy's own defaults are for what
 * is in neither.
 */
export function settingsOf({ name, settings }: StrategyChoice, defaults: SettingValues): SettingValues {
  const known: readonly Setting[] = STRATEGIES[name].settings;
  const its = Object.entries(defaults).filter(([each]) => known.some((setting) => setting.name === each));
  return { ...Object.fromEntries(its), ...settings };
}

/** A strategy in a file: its name alone will do. */
export const strategyInFile = z.unknown().transform((value, context): StrategyChoice => {
  const result =
    typeof value === 'string'
      ? strategyName.transform(strategyOf).safeParse(value, { reportInput: true })
      : strategyChoice.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  for (const { path, message, input } of result.error.issues) {
    context.addIssue({ code: 'custom', path, message, input });
  }
  return z.NEVER;
});

function isHashKey(key: string): boolean {
  try {
    parseHashKey(key);
    return true;
  } catch {
    return false;
  }
}
