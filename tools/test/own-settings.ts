import { directLoopback } from '../setup/loopback.mjs';

/**
 * Takes what a shell is set up with for other servers out of the environment of this process, and so of those that it starts: a test
 * that asks its own server must not reach it by a proxy (`NODE_USE_ENV_PROXY`), nor by libpq's variables (`PGSSLMODE`, `PGOPTIONS`).
 */
// oxlint-disable-next-line no-restricted-properties -- it is what is changed
export function useOwnSettings(environment: NodeJS.ProcessEnv = process.env): void {
  Object.assign(environment, directLoopback(environment));
  for (const name of Object.keys(environment)) if (/^PG[A-Z]+$/.test(name)) delete environment[name];
}
