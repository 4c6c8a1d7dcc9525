import { isFinalEvent, TASK_EVENT, taskEventId } from '@balanza/contracts';
import type { StreamEvent } from '@balanza/runtime';
import type { TaskState } from '@balanza/tasks';

/** Up to this many bytes an event is one piece, so that it goes out at once. Longer ones share their payloads. */
const ONE_PIECE_BYTES = 16_384;
const BEFORE = Buffer.from(`event: ${TASK_EVENT}\ndata: `);

/** Each state of a task as an event, whose data is the task as JSON. */
export async function* streamEvents(states: AsyncIterable<TaskState>): AsyncGenerator<StreamEvent, void> {
  for await (const { version, status, json } of states) {
    const id = taskEventId(version, status);
    const pieces = [BEFORE, ...json, Buffer.from(`\nid: ${id}\n\n`)];
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    yield {
      id,
      isFinal: isFinalEvent(id),
      pieces: bytes > ONE_PIECE_BYTES ? pieces : [Buffer.concat(pieces, bytes)],
    };
  }
}
