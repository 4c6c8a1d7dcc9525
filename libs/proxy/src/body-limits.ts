/** What is asked of a client that sends a request's body, and what is read of it before a backend is taken. */
export interface BodyLimits {
  /** Bytes per second that a body has to bring on average, with what it brought before counted; 0 for none. Below it 408. */
  readonly minRate: number;
  /** How long a body may bring less, in ms: a connection takes a moment to get going. */
  readonly graceMs: number;
  /**
   * Bytes of a body that are read before a backend is taken for its request: a longer body is passed on from there as it
   * comes. 0 for none.
   */
  readonly bufferBytes: number;
  /** Bytes that all threads together read ahead in this way; a body that finds no room is passed on as it comes. */
  readonly bufferTotalBytes: number;
  /**
   * Share of the places at all backends that requests may hold whose bodies are still on their way: those that are longer than what
   * is read ahead, or that a client may hold back (`Expect: 100-continue`). More wait, as for a backend that has no room. Above 0 to 1.
   */
  readonly placeShare: number;
}

/**
 * What is used where nothing else is said. The rate and its grace are those of Kestrel (`MinRequestBodyDataRate`), far below any
 * line that people use. What is read ahead is what nginx (`client_body_buffer_size`) and HAProxy (`tune.bufsize`) hold of a body in
 * memory: nearly all bodies of an API are shorter, and a connection that has sent so much has paid for its place.
 */
export const DEFAULT_BODY_LIMITS: BodyLimits = {
  minRate: 240,
  graceMs: 5_000,
  bufferBytes: 16_384,
  bufferTotalBytes: 67_108_864,
  placeShare: 0.5,
};
