/** Told to end: its reason is the signal that said so. */
let told: AbortController | undefined;
/** Told to end without waiting for others to take over. */
const interrupted = new AbortController();

/**
 * What the process that started this one sends over their IPC channel to have it end in order. It means what the signal means, and
 * comes where there are no signals, as on Windows.
 */
export interface EndOrder {
  readonly type: 'balanza:end';
  readonly signal: 'SIGTERM' | 'SIGINT';
}

/** The signals that end this process in order, and those that are left to the process that started it. */
export interface HeededSignals {
  readonly heeded: readonly NodeJS.Signals[];
  readonly ignored: readonly NodeJS.Signals[];
}

/**
 * Which signals a process goes by. On Windows, Ctrl-C, Ctrl-Break and the end of the console come to every process of it at the same
 * time; a process with a launcher then waits for the launcher's order, so that the database ends last.
 *
 * @param platform as in `process.platform`
 * @param hasLauncher whether another process can order its end
 */
export function signalsFor(platform: NodeJS.Platform, hasLauncher: boolean): HeededSignals {
  if (platform !== 'win32') return { heeded: ['SIGTERM', 'SIGINT'], ignored: [] };
  const ofConsole = ['SIGINT', 'SIGBREAK', 'SIGHUP'] as const;
  return hasLauncher ? { heeded: [], ignored: ofConsole } : { heeded: ofConsole, ignored: [] };
}

/** Aborted by the first signal but SIGTERM, also by one after it: the whole system ends, and no other process takes over. */
export const INTERRUPTION: AbortSignal = interrupted.signal;

/**
 * Has SIGTERM and SIGINT, or an {@link EndOrder} of the process that started this one, end this process in order from now on. That is
 * left to the code that heeds what is returned. The first signal counts; those after it are the same wish, but for
 * {@link INTERRUPTION}.
 *
 * @returns aborted by the first signal, whose name is the reason; the same for all who ask
 */
export function listenForTermination(): AbortSignal {
  if (told !== undefined) return told.signal;
  const wish = new AbortController();
  told = wish;
  const heed = (name: NodeJS.Signals) => {
    wish.abort(name);
    if (name !== 'SIGTERM') interrupted.abort(name);
  };
  const { heeded, ignored } = signalsFor(process.platform, process.send !== undefined);
  for (const name of heeded) process.on(name, heed);
  for (const name of ignored) process.on(name, () => undefined);
  if (process.send !== undefined) {
    process.on('message', (message) => {
      if (isEndOrder(message)) heed(message.signal);
    });
    // A listener for messages would keep this process alive.
    process.channel?.unref();
  }
  return wish.signal;
}

function isEndOrder(message: unknown): message is EndOrder {
  const { type, signal } = (message ?? {}) as Partial<EndOrder>;
  return type === 'balanza:end' && (signal === 'SIGTERM' || signal === 'SIGINT');
}
