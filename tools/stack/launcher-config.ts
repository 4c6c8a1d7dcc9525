import { z } from 'zod';

/** Longest time that a setting may name, in seconds. */
const MAX_S = 86_400;
/** Several heartbeats, which come once a second. */
const MIN_STALL_TIMEOUT_S = 5;
const RANGE = `must be 0 (never) or a number of seconds from ${MIN_STALL_TIMEOUT_S} to ${MAX_S}`;

/** The settings of the launcher itself, behind `npm start` and `npx nx serve`. */
export const launcherConfig = z.object({
  STALL_TIMEOUT: z
    .string()
    .trim()
    .transform(Number)
    .pipe(
      z
        .number(RANGE)
        .refine((value) => value === 0 || (value >= MIN_STALL_TIMEOUT_S && value <= MAX_S), RANGE),
    )
    .default(30),
});

/** A setting of the launcher is wrong; the message names it, its value and what is allowed. */
export class LauncherConfigError extends Error {}

/**
 * @param text `STALL_TIMEOUT`; `undefined` when it is not set
 * @returns how long the event loop of a process may stand still, in ms; 0 for ever
 * @throws LauncherConfigError
 */
export function parseStallTimeout(text: string | undefined): number {
  const { data, error } = launcherConfig.safeParse({ STALL_TIMEOUT: text });
  if (data !== undefined) return data.STALL_TIMEOUT * 1000;
  throw new LauncherConfigError(`STALL_TIMEOUT=${text}: ${error.issues[0]?.message ?? RANGE}`);
}
