/**
 * One event of an event stream (WHATWG HTML, section 9.2), as its bytes: written piece by piece, and shared by all readers, so that
 * a reader costs no copy.
 */
export interface StreamEvent {
  /** As in the event's field `id`: a client that comes back names the last one that it has. */
  readonly id: string;
  /** Whether no further event follows. */
  readonly isFinal: boolean;
  readonly pieces: readonly Buffer[];
}
