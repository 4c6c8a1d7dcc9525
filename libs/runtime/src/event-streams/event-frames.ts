/** Where an event of a stream ends: after an empty line (WHATWG HTML, section 9.2.5). */
const END = '\n\n';
const LINE_FEED = 0x0a;

/** A stream has more bytes without the end of an event than an event may have. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';

  constructor(limit: number) {
    super(`An event has more than ${limit} bytes`);
  }
}

/**
 * The blocks of an event stream, as they came: events and comments, each with the empty line that ends it. Lines have to end with
 * a line feed alone.
 *
 * @throws EventTooLargeError beyond `maxBytes`, and as the stream does
 */
export async function* eventFrames(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer, void> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    let rest = chunk;
    while (rest.length > 0) {
      const end = endIn(parts.at(-1), rest);
      const part = rest.subarray(0, end);
      rest = rest.subarray(part.length);
      parts.push(part);
      size += part.length;
      if (size > maxBytes) throw new EventTooLargeError(maxBytes);
      if (end === undefined) break;
      yield Buffer.concat(parts, size);
      parts = [];
      size = 0;
    }
  }
}

/** Where the block that the bytes go on with ends in them. */
function endIn(before: Buffer | undefined, bytes: Buffer): number | undefined {
  if (before?.at(-1) === LINE_FEED && bytes[0] === LINE_FEED) return 1;
  const at = bytes.indexOf(END);
  return at === -1 ? undefined : at + END.length;
}
