import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request on its way to a backend and the answer on its way back. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and query, in origin form (RFC 9112 §3.2.1). */
  readonly path: string;
  /** The header fields to send, names and values in turn. */
  readonly headers: readonly string[];
  /** Called with the final head of the answer; returns the header fields to relay, names and values in turn. */
  readonly onHead: (status: number, headers: readonly string[]) => readonly string[];
}

/**
 * Moves one request to one backend and the answer back, streaming both with back-pressure. It decides nothing: whom
 * to ask, what to count and what to answer on failure is its caller's.
 */
export interface Forwarder {
  /**
   * Resolves when the answer is relayed in full.
   *
   * @param backend scheme, host and port
   * @throws ForwardError
   */
  forward(exchange: Exchange, backend: string): Promise<void>;
  /** Closes every connection to backends. */
  close(): Promise<void>;
}

/** Milliseconds that each phase may take. */
export interface ForwardTimeouts {
  /** To connect to a backend. Default 1,000. */
  readonly connect: number;
  /** From the request sent to the head of the answer. Default 60,000. */
  readonly backendHead: number;
  /** Between two pieces of an answer's body. Default 60,000. */
  readonly backendIdle: number;
}

export const DEFAULT_TIMEOUTS: ForwardTimeouts = { connect: 1_000, backendHead: 60_000, backendIdle: 60_000 };
