/**
 * The cache service, as far as a store needs it. Every call rejects when the service cannot be asked. Whoever makes a
 * client closes it.
 */
export interface CacheClient {
  /** @param options with `stale`, an expired value that is still held is given too */
  read(key: string, options?: { readonly stale: boolean }): Promise<CacheClientRead>;
  /** @param ttl seconds; the service's default when undefined */
  write(key: string, value: unknown, ttl: number | undefined): Promise<void>;
  remove(key: string): Promise<void>;
}

/** What the service has under a key; `value` is null where it has nothing. */
export interface CacheClientRead {
  readonly value: unknown;
  /** Whether `value` is a live value. */
  readonly cached: boolean;
  /** Whether `value` is an expired value. */
  readonly stale?: boolean | undefined;
}
