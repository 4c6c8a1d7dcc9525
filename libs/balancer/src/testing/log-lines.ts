import { vi } from 'vitest';

/** Has a balancer write a log that {@link logLines} gives. */
export const LOGGING = { LOG_LEVEL: 'info', LOG_FORMAT: 'json' };

/** What is logged from now on, and not shown meanwhile, until it is disposed. */
export function logLines(): Disposable & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  return { lines, [Symbol.dispose]: () => write.mockRestore() };
}
