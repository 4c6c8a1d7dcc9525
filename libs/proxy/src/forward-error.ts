/**
 * How forwarding ended early:
 * - `connect`: no connection, so nothing was sent and another backend may be tried
 * - `timeout`: the backend did not answer in time
 * - `broken`: the backend closed, reset or sent what is not HTTP
 * - `refused`: the request cannot be expressed towards a backend
 * - `client-gone`: the client went away
 */
export type ForwardErrorKind = 'connect' | 'timeout' | 'broken' | 'refused' | 'client-gone';

/** Forwarding failed. When the answer had already begun, the client's connection has been cut. */
export class ForwardError extends Error {
  override readonly name = 'ForwardError';

  constructor(
    readonly kind: ForwardErrorKind,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
