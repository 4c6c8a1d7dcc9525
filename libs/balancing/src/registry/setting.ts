/** The value of a setting. */
export type SettingValue = number | string;

/** Settings of one strategy by name. */
export type SettingValues = Readonly<Record<string, SettingValue>>;

interface AnySetting {
  /** As in the options of the strategy's constructor. */
  readonly name: string;
  /** Of what; empty for a bare factor or a choice. */
  readonly unit: string;
  /** When to change it, in a sentence. */
  readonly advice: string;
}

/** A number that a strategy can be given. */
export interface NumberSetting extends AnySetting {
  readonly kind: 'number' | 'whole number' | 'prime number';
  readonly default: number;
  /** The lowest and the highest value allowed. */
  readonly min: number;
  readonly max: number;
}

/** One of several ways in which a strategy can go on. */
export interface ChoiceSetting extends AnySetting {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

/** What a strategy can be given. */
export type Setting = NumberSetting | ChoiceSetting;

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
  given: SettingValues,
): Record<string, SettingValue> {
  return Object.fromEntries(
    settings.map((setting) => [setting.name, given[setting.name] ?? setting.default]),
  );
}

/** Those of `values` that are numbers. */
export function numbersOf(values: SettingValues): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function allows(setting: Setting, value: unknown): boolean {
  if (setting.kind === 'choice') return typeof value === 'string' && setting.choices.includes(value);
  const { kind, min, max } = setting;
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
  return kind === 'number' || (Number.isInteger(value) && (kind === 'whole number' || isPrime(value)));
}

function requirementOf(setting: Setting): string {
  if (setting.kind === 'choice') return `must be ${setting.choices.join(' or ')}`;
  const { kind, min, max, unit } = setting;
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
