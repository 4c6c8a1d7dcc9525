import inspector from 'node:inspector';

/** What a process tells the one that started it, each time its event loop turns after {@link HEARTBEAT_MS}. */
export interface Heartbeat {
  readonly type: 'balanza:heartbeat';
  /** A debugger can be attached, so that a stand-still may be a breakpoint. */
  readonly debugged: boolean;
}

/** How often a process tells that its event loop turns, in ms. */
const HEARTBEAT_MS = 1_000;

/**
 * Tells the process that started this one that the event loop turns, at once and then each second, over the IPC channel that a
 * launcher gives it; without one, nothing is done. It goes by the channel and not by `/health/live`, as a process may be at its limit
 * of connections and well. The process is kept alive by none of it.
 */
export function startHeartbeat(): void {
  if (process.send === undefined) return;
  let unread = false;
  const beat = () => {
    if (!process.connected) clearInterval(timer);
    // A launcher that stands still reads nothing: one message waits for it, not one for each second.
    else if (!unread) {
      unread = true;
      const message: Heartbeat = { type: 'balanza:heartbeat', debugged: inspector.url() !== undefined };
      process.send?.(message, undefined, undefined, () => {
        unread = false;
      });
    }
  };
  const timer = setInterval(beat, HEARTBEAT_MS).unref();
  beat();
}
