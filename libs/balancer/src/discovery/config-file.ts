import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Changes within this many ms are one: editors write a file in several steps. */
const SETTLE_MS = 200;
/** What cannot be done yet is tried again after this many ms. */
const RETRY_MS = 1_000;

/**
 * Tells when the file has changed, or SIGHUP has come. It is the folder that is watched, as editors and Kubernetes put
 * another file in the place of the one before.
 */
export class ConfigFile {
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #onSignal = () => this.#onChange();
  #watcher: FSWatcher | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(path: string, onChange: () => void) {
    this.#path = resolve(path);
    this.#onChange = onChange;
  }

  /** @throws an error of the system when the folder cannot be watched; SIGHUP works then all the same */
  start(): void {
    if (this.#watcher !== undefined) return;
    process.on('SIGHUP', this.#onSignal);
    const name = basename(this.#path);
    this.#watcher = watch(dirname(this.#path), { persistent: false }, (_event, changed) => {
      // Kubernetes changes a link called `..data` in the same folder instead of the file.
      if (changed === null || changed === name || changed.startsWith('..')) this.#settle();
    });
    this.#watcher.on('error', () => this.#watcher?.close());
  }

  /** Tells once more in a while, as if the file had changed, unless it does before. */
  tellAgain(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.#onChange, RETRY_MS).unref();
  }

  stop(): void {
    process.off('SIGHUP', this.#onSignal);
    clearTimeout(this.#settling);
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.#onChange, SETTLE_MS).unref();
  }
}
