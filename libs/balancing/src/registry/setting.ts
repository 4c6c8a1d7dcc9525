/** A number that a strategy can be given. */
export interface Setting {
  /** As in the options of the strategy's constructor. */
  readonly name: string;
  readonly kind: 'number' | 'whole number' | 'prime number';
  readonly default: number;
  /** The lowest and the highest value allowed. */
  readonly min: number;
  readonly max: number;
  /** Of what; empty for a bare factor. */
  readonly unit: string;
  /** When to change it, in a sentence. */
  readonly advice: string;
}

/** What is wrong with one value that was given. */
export interface SettingProblem {
  readonly name: string;
  readonly value: unknown;
  /** What is allowed, such as `must be a whole number from 1 to 1000 points`. */
  readonly message: string;
}

/** All that is wrong with `given`; nothing has to be given. */
export function settingProblems(
  settings: readonly Setting[],
  given: Readonly<Record<string, unknown>>,
): SettingProblem[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const setting = settings.find((each) => each.name === name);
    if (setting === undefined) return [{ name, value, message: `must be left out: ${namesOf(settings)}` }];
    return allows(setting, value) ? [] : [{ name, value, message: requirementOf(setting) }];
  });
}

/** Each setting's value: as given, or its default. */
export function withDefaults(
  settings: readonly Setting[],
  given: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    settings.map((setting) => [setting.name, given[setting.name] ?? setting.default]),
  );
}

function allows({ kind, min, max }: Setting, value: unknown): boolean {
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
  return kind === 'number' || (Number.isInteger(value) && (kind === 'whole number' || isPrime(value)));
}

function requirementOf({ kind, min, max, unit }: Setting): string {
  return `must be a ${kind} from ${min} to ${max} ${unit}`.trimEnd();
}

function namesOf(settings: readonly Setting[]): string {
  const names = settings.map(({ name }) => name).join(', ');
  return names === '' ? 'there are no settings' : `there is ${names}`;
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return value > 1;
}
