import { isFinalEvent } from '@balanza/contracts';
import { eventFrames, EventTooLargeError, UpstreamBrokenException, type StreamEvent } from '@balanza/runtime';

/** Longest id of an event, in bytes. */
const MAX_ID = 200;
const ID_LINE = new RegExp(`\\nid: (?<id>[^\\n]{1,${MAX_ID}})\\n\\n$`);

/**
 * The events of a worker's stream, as it sent them; its comments are left out.
 *
 * @throws UpstreamBrokenException (502) where an event has more than `maxBytes`
 */
export async function* streamEvents(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<StreamEvent, void> {
  try {
    for await (const frame of eventFrames(stream, maxBytes)) {
      // The id is the last field of an event, after what may be megabytes.
      const { id } = ID_LINE.exec(frame.subarray(-2 * MAX_ID).toString('latin1'))?.groups ?? {};
      if (id !== undefined) yield { id, isFinal: isFinalEvent(id), pieces: [frame] };
    }
  } catch (error) {
    if (error instanceof EventTooLargeError)
      throw new UpstreamBrokenException(`The worker broke off: ${error.message}`);
    throw error;
  }
}
