/** Told to end: its reason is the signal that said so. */
let told: AbortController | undefined;

/**
 * Has SIGTERM and SIGINT end this process in order from now on, which is left to whoever heeds what is returned. The first signal
 * counts; those after it are the same wish.
 *
 * @returns aborted by the first signal, whose name is the reason; the same for all who ask
 */
export function listenForTermination(): AbortSignal {
  if (told !== undefined) return told.signal;
  const wish = new AbortController();
  told = wish;
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => wish.abort(name));
  return wish.signal;
}
