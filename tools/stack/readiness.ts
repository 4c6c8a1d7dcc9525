import { setTimeout } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import type { Replica } from './replicas.ts';

const POLL_MS = 150;
/** How long one probe may take, in ms. */
const PROBE_TIMEOUT_MS = 2_000;

/** Never by way of a proxy, which `NODE_USE_ENV_PROXY` may name to the `fetch` of Node itself. */
const DIRECT = new Agent();

/** How {@link whenReady} waits. */
export interface ReadinessOptions {
  /** Until when, a `Date.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Hears of each one as it gets ready. */
  readonly onReady: (replica: Replica) => void;
}

/**
 * Waits until every one of `replicas` says that it is ready.
 *
 * @throws Error naming those that are not ready at the deadline, and what they said last
 * @throws the reason of `signal`, when it is aborted
 */
export async function whenReady(
  replicas: readonly Replica[],
  { deadline, signal, onReady }: ReadinessOptions,
): Promise<void> {
  const last = new Map(replicas.map((replica) => [replica, 'no answer yet']));
  await Promise.all(
    replicas.map(async (replica) => {
      for (;;) {
        const problem = await probe(replica, signal);
        if (problem === undefined) {
          last.delete(replica);
          onReady(replica);
          return;
        }
        last.set(replica, problem);
        if (Date.now() >= deadline) return;
        await setTimeout(POLL_MS, undefined, { signal });
      }
    }),
  );
  if (last.size > 0) {
    const lines = [...last].map(([{ name }, problem]) => `  ${name}: ${problem}`);
    throw new Error(['These did not become ready in time:', ...lines].join('\n'));
  }
}

/** What keeps a process from being ready; `undefined` when nothing does. */
async function probe({ app, readyUrl }: Replica, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(readyUrl, {
      dispatcher: DIRECT,
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    });
    const body = (await response.json()) as { app?: string; error?: string };
    if (!response.ok) return body.error ?? `it answers ${response.status}`;
    return body.app === app ? undefined : `${readyUrl} is answered by ${body.app}`;
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    return cause instanceof Error && cause.message !== '' ? cause.message : message;
  }
}
