import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** How often the file is looked at, in ms. */
const POLL_MS = 500;
/** What cannot be done yet is tried again after this many ms. */
const RETRY_MS = 1_000;

/**
 * Tells when the file has changed, or SIGHUP has come.
 *
 * The file is looked at rather than watched: a watch sees neither a change behind a symbolic link into another folder, as with a
 * ConfigMap of Kubernetes, nor one made outside a container to a file that is mounted alone, nor one on a network file system. A change
 * is told once the file has stayed the same from one look to the next, as editors write in several steps.
 */
export class ConfigFile {
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #onSignal = () => this.#onChange();
  #polling: NodeJS.Timeout | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** What the file was at the last look, and when it was last told of. */
  #seen: string;
  #told: string;

  /** Anything after this is a change: make it before the file is read. */
  constructor(path: string, onChange: () => void) {
    this.#path = resolve(path);
    this.#onChange = onChange;
    this.#seen = fingerprintNow(this.#path);
    this.#told = this.#seen;
  }

  start(): void {
    if (this.#polling !== undefined) return;
    process.on('SIGHUP', this.#onSignal);
    this.#polling = setInterval(() => void this.#look(), POLL_MS).unref();
  }

  /** Tells once more in a while, as if the file had changed, unless it does before. */
  tellAgain(): void {
    clearTimeout(this.#retrying);
    this.#retrying = setTimeout(this.#onChange, RETRY_MS).unref();
  }

  stop(): void {
    process.off('SIGHUP', this.#onSignal);
    clearInterval(this.#polling);
    clearTimeout(this.#retrying);
    this.#polling = undefined;
  }

  async #look(): Promise<void> {
    // A network file system may let a look wait.
    if (this.#isLooking) return;
    this.#isLooking = true;
    const found = await fingerprintOf(this.#path);
    this.#isLooking = false;
    const isSettled = found === this.#seen;
    this.#seen = found;
    if (this.#polling === undefined || !isSettled || found === this.#told) return;
    this.#told = found;
    clearTimeout(this.#retrying);
    this.#onChange();
  }
}

const EXACT = { bigint: true } as const;

function fingerprintNow(path: string): string {
  try {
    return fingerprint(statSync(path, EXACT));
  } catch (error) {
    return codeOf(error);
  }
}

async function fingerprintOf(path: string): Promise<string> {
  return stat(path, EXACT).then(fingerprint, codeOf);
}

/** Differs when the file, or what a link leads to, is another or has changed. */
function fingerprint({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

/** Why a file cannot be looked at. */
function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
