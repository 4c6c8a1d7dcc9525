import type { z } from 'zod';
import { ConfigError } from '../errors.js';

/** Variables whose values never appear in a message. */
const SECRET = /SECRET|TOKEN|PASSWORD|DATABASE_URL/;
/** What a URL has of a name and a password, however badly it is written. */
const USER_INFO = /^([a-z][a-z\d+.-]*:\/\/)?.*@/is;
const MASK = '********';
/** With which some editors begin an `.env`; Node's `--env-file`, and Nx, take it for part of the first name. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads and validates environment variables: the only place that looks at `process.env`.
 *
 * A variable that is set but empty, or nothing but space, counts as not set.
 *
 * @throws ConfigError naming each variable that is wrong, its value (secrets are masked) and what is allowed.
 */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  // oxlint-disable-next-line no-restricted-properties -- this is the one reader
  environment: Readonly<Record<string, string | undefined>> = process.env,
): z.output<S> {
  const valueOf = (name: string) => environment[name] ?? environment[BYTE_ORDER_MARK + name];
  const named = Object.keys(schema.shape)
    .map((name) => [name, valueOf(name)] as const)
    .filter(([, value]) => value !== undefined && value.trim() !== '');
  const result = schema.safeParse(Object.fromEntries(named));
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0] ?? '');
    const value = valueOf(name);
    return value === undefined ? `  ${name}: ${message}` : `  ${name}=${shown(name, value)}: ${message}`;
  });
  throw new ConfigError(['The configuration is not valid:', ...lines].join('\n'));
}

function shown(name: string, value: string): string {
  if (SECRET.test(name)) return MASK;
  return name.endsWith('_URL') ? value.replace(USER_INFO, `$1${MASK}@`) : value;
}
