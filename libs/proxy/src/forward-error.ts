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

/** Why a request did not get the response of a backend, or not all of it: for `Proxy-Status`, and for the log. */
export interface Failure {
  /** A type of RFC 9209 §2.3. */
  readonly error: string;
  /** The sentence of what found the fault. */
  readonly reason: string;
}
