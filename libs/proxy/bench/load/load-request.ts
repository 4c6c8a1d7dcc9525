/** One request, as every client of the benchmark sends it. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly bodyBytes: number;
  /** The connection is for this request only. */
  readonly closes?: boolean;
}

export type HeaderField = readonly [name: string, value: string];

/** Of the whole head, from the request line to the empty line: what a browser sends, with a session cookie. */
export const HEAD_BYTES = 500;

const BROWSER: readonly HeaderField[] = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br'],
];

/** The header fields to send beside `Host` and `Content-Length`; the cookie fills the head to {@link HEAD_BYTES}. */
export function headerFields(request: LoadRequest, port: number): readonly HeaderField[] {
  const fields: HeaderField[] = [...BROWSER];
  if (request.closes === true) fields.push(['Connection', 'close']);
  if (request.bodyBytes > 0) fields.push(['Content-Type', 'application/octet-stream']);
  const missing = HEAD_BYTES - headOf(request, port, [...fields, ['Cookie', '']]).length;
  return [...fields, ['Cookie', 'session='.padEnd(missing, 'x')]];
}

/** The request's bytes. */
export function bytesOf(request: LoadRequest, port: number): Buffer {
  const head = headOf(request, port, headerFields(request, port));
  return Buffer.from(head + 'x'.repeat(request.bodyBytes), 'latin1');
}

function headOf(
  { method, path, bodyBytes }: LoadRequest,
  port: number,
  fields: readonly HeaderField[],
): string {
  const framing: readonly HeaderField[] = bodyBytes > 0 ? [['Content-Length', `${bodyBytes}`]] : [];
  const all = [['Host', `127.0.0.1:${port}`] as const, ...fields, ...framing];
  return `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
