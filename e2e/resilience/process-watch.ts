import { setTimeout } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What a process did while it was watched. */
export interface WatchedProcess {
  readonly name: string;
  /** Longest that `GET /health/live` took, in ms; `Infinity` where it failed. */
  readonly slowest: number;
  /** The most resident memory that it had beyond that of the beginning, in bytes. */
  readonly memoryAdded: number;
}

const LIVE_EVERY_MS = 50;
/** Metrics take longer than an answer that a process lives. */
const MEMORY_EVERY_MS = 500;
const MEMORY = /^process_resident_memory_bytes\S* (\d+)/m;

/** Asks processes all the time whether they live, and how much memory they have. */
export class ProcessWatch {
  readonly #stopping = new AbortController();
  readonly #agent = new Agent({ connections: 2, headersTimeout: 30_000 });
  readonly #watches: readonly Promise<WatchedProcess>[];

  private constructor(processes: ReadonlyMap<string, string>, before: ReadonlyMap<string, number>) {
    this.#watches = Array.from(processes, ([name, url]) => this.#watch(name, url, before.get(name) ?? 0));
  }

  /** @param processes their URLs, by what they are called */
  static async start(processes: ReadonlyMap<string, string>): Promise<ProcessWatch> {
    const agent = new Agent();
    const before = new Map<string, number>();
    for (const [name, url] of processes) before.set(name, await memoryOf(url, agent));
    await agent.close();
    return new ProcessWatch(processes, before);
  }

  async stop(): Promise<readonly WatchedProcess[]> {
    this.#stopping.abort();
    const watched = await Promise.all(this.#watches);
    await this.#agent.close();
    return watched;
  }

  async #watch(name: string, url: string, before: number): Promise<WatchedProcess> {
    const [slowest, most] = await Promise.all([
      this.#largest(LIVE_EVERY_MS, () => this.#live(url)),
      this.#largest(MEMORY_EVERY_MS, () => memoryOf(url, this.#agent).catch(() => 0)),
    ]);
    return { name, slowest, memoryAdded: most - before };
  }

  async #live(url: string): Promise<number> {
    const asked = performance.now();
    try {
      const { statusCode, body } = await request(`${url}/health/live`, { dispatcher: this.#agent });
      await body.dump();
      return statusCode === 200 ? performance.now() - asked : Infinity;
    } catch {
      return Infinity;
    }
  }

  async #largest(everyMs: number, read: () => Promise<number>): Promise<number> {
    const { signal } = this.#stopping;
    let largest = 0;
    while (!signal.aborted) {
      largest = Math.max(largest, await read());
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
    return largest;
  }
}

async function memoryOf(url: string, dispatcher: Agent): Promise<number> {
  const { body } = await request(`${url}/metrics`, { dispatcher });
  return Number(MEMORY.exec(await body.text())?.[1] ?? Number.NaN);
}
