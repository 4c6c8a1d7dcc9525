/** Milliseconds that each wait may take; the client's end in 408 or a closed connection, the backend's in 504. */
export interface Timeouts {
  /** From a request's first byte to the end of its head. Then 408. */
  readonly clientHead: number;
  /** Between two pieces of a request's body. Then 408. */
  readonly clientIdle: number;
  /** For a client to take more of an answer that it has stopped reading. Then its connection is cut. */
  readonly clientStall: number;
  /** For the next request on a connection. Then it is closed. */
  readonly clientKeepAlive: number;
  /** To connect to a backend. Then the next one is tried. */
  readonly connect: number;
  /** From the last byte of a request to the end of its answer's head. Then 504. */
  readonly backendHead: number;
  /** Between two pieces of an answer's body, or for it to take more of a request. Then the answer breaks off, or 504. */
  readonly backendIdle: number;
  /** That an unused connection to a backend is kept. Shorter than backends keep theirs, so that the two do not race. */
  readonly backendKeepAlive: number;
  /** Between two pieces of what passes once protocols were switched. Then both connections are cut. */
  readonly tunnelIdle: number;
}

/** What is used where nothing else is said. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  clientHead: 10_000,
  clientIdle: 30_000,
  clientStall: 60_000,
  clientKeepAlive: 75_000,
  connect: 1_000,
  backendHead: 60_000,
  backendIdle: 60_000,
  backendKeepAlive: 4_000,
  tunnelIdle: 3_600_000,
};
