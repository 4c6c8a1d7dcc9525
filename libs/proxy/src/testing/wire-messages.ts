/** One message, taken off a connection. */
export interface WireMessage {
  /** Start line and fields, with the empty line. */
  readonly head: string;
  /** The body without chunks. */
  readonly body: string;
  /** The fields behind the last chunk, whole lines. */
  readonly trailers: string;
  /** All of it, as it came. */
  readonly raw: string;
}

/** What ends a body that has neither chunks nor a length. */
export type BodyEnd = 'at once' | 'with the connection';

/**
 * Takes a message off the front of `text`, which must be well-formed: this is the plainest reading that there is, made
 * without the code that is tested.
 *
 * @returns undefined as long as it is not whole
 */
export function takeMessage(text: string, end: BodyEnd = 'at once'): WireMessage | undefined {
  const bodyAt = text.indexOf('\r\n\r\n') + 4;
  if (bodyAt < 4) return undefined;
  const head = text.slice(0, bodyAt);
  if (/^transfer-encoding: *chunked\r$/im.test(head)) return takeChunks(text, head);
  const length = /^content-length: *(\d+)\r$/im.exec(head)?.[1];
  if (length === undefined && end === 'with the connection') {
    return { head, body: text.slice(bodyAt), trailers: '', raw: text };
  }
  const raw = text.slice(0, bodyAt + Number(length ?? 0));
  if (raw.length < bodyAt + Number(length ?? 0)) return undefined;
  return { head, body: raw.slice(bodyAt), trailers: '', raw };
}

/** The same for a message that has no body, whatever its head says: an interim answer, or one to HEAD. */
export function takeHead(text: string): WireMessage | undefined {
  const end = text.indexOf('\r\n\r\n') + 4;
  const head = text.slice(0, end);
  return end < 4 ? undefined : { head, body: '', trailers: '', raw: head };
}

function takeChunks(text: string, head: string): WireMessage | undefined {
  let body = '';
  for (let at = head.length; ;) {
    const line = /^([0-9a-f]+)[^\r]*\r\n/i.exec(text.slice(at, at + 400));
    if (line === null) return undefined;
    at += line[0].length;
    const size = Number.parseInt(line[1] ?? '', 16);
    if (size === 0) {
      const trailers = /^(?:[^\r]+\r\n)*(?=\r\n)/.exec(text.slice(at))?.[0];
      if (trailers === undefined) return undefined;
      return { head, body, trailers, raw: text.slice(0, at + trailers.length + 2) };
    }
    if (text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}
