import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often a launcher looks for a request, in ms. */
const POLL_MS = 200;

/**
 * Asks a launcher to end its stack in order, by a file beside its record. A signal would do on Linux and macOS alone: on Windows it
 * ends a process at once.
 *
 * @throws what `node:fs` throws where the file cannot be written
 */
export function requestStop(runDirectory: string, launcher: number): void {
  mkdirSync(runDirectory, { recursive: true });
  writeFileSync(fileOf(runDirectory, launcher), '');
}

/** Calls `onRequest` once when the end of this launcher is asked for. A request to an earlier process of the same id is dropped. */
export function watchForStop(runDirectory: string, onRequest: () => void): void {
  const file = fileOf(runDirectory, process.pid);
  rmSync(file, { force: true });
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    rmSync(file, { force: true });
    onRequest();
  }, POLL_MS).unref();
}

function fileOf(runDirectory: string, launcher: number): string {
  return join(runDirectory, `${launcher}.stop`);
}
