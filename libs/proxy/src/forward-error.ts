/**
 * Why a backend gave no whole answer:
 * - `connect`: no connection, so nothing was sent and another backend may be asked
 * - `timeout`: it did not answer in time
 * - `broken`: it closed, reset or sent what is not HTTP
 */
export type ForwardErrorKind = 'connect' | 'timeout' | 'broken';

/** What a connection tells of a request that it could not get answered. */
export interface ForwardError {
  readonly kind: ForwardErrorKind;
  readonly cause: NodeJS.ErrnoException;
  /** Something of an answer had come. */
  readonly heard: boolean;
  /**
   * The connection had served a request before and broke without a byte of an answer: most likely the backend was
   * closing it just as the request was sent.
   */
  readonly stale: boolean;
}
