import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The folder of this checkout. */
export const ROOT = dirname(dirname(import.meta.dirname));

/** Reads `.env` of this checkout, if there is one; a variable that is set already keeps its value. */
export function loadEnvFile(): void {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** Where the launchers of one stack keep their records; a second stack beside it has its own. */
export function runDirectory(): string {
  return resolve(process.env['BALANZA_RUN_DIR'] ?? join(ROOT, '.balanza', 'run'));
}
