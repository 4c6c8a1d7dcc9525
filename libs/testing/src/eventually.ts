import { setTimeout } from 'node:timers/promises';

/**
 * Tries until `attempt` no longer throws, and gives its result.
 *
 * @param timeoutMs after which the last error is thrown; long, as only a test that fails waits for it
 */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await setTimeout(20);
    }
  }
}
