import type { Task } from '@balanza/contracts';
import { setTimeout } from 'node:timers/promises';

/** Says that the stream is alive when nothing happens, sooner than anybody on the way takes it for dead. */
const KEEP_ALIVE_MS = 15_000;
/** How long a client waits before it comes back when the stream breaks off. */
const RETRY_MS = 1_000;

/**
 * The text of an event stream: each state of the task is an event named `task`, whose data is the task as JSON.
 *
 * @param keepAliveMs how long it may be silent
 *
 * Source: WHATWG HTML, section 9.2.5.
 */
export async function* eventStream(
  first: Task,
  later: AsyncGenerator<Task, void>,
  signal: AbortSignal,
  keepAliveMs = KEEP_ALIVE_MS,
): AsyncGenerator<string, void> {
  try {
    yield `retry: ${RETRY_MS}\n\n${eventOf(first)}`;
    let next = later.next();
    while (!signal.aborted) {
      const quiet = new AbortController();
      const silence = setTimeout(keepAliveMs, undefined, { signal: quiet.signal }).catch(() => undefined);
      const result = await Promise.race([next, silence]);
      quiet.abort();
      if (result === undefined) yield ': still here\n\n';
      else if (result.value === undefined) return;
      else {
        yield eventOf(result.value);
        next = later.next();
      }
    }
  } finally {
    await later.return();
  }
}

function eventOf(task: Task): string {
  return `event: task\ndata: ${JSON.stringify(task)}\n\n`;
}
