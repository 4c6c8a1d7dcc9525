/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly id: string;
  /** The server closes the connection behind it. */
  readonly last: boolean;
  readonly body: Buffer;
}

/** How a body ends. */
type Framing = { readonly left: number } | 'chunked';

const HEAD_END = Buffer.from('\r\n\r\n');
const CRLF = Buffer.from('\r\n');

/** Reads answers from the bytes of one connection; a reader of its own, which shares nothing with what it tests. */
export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);
  /** Bytes beyond which it makes sense to look again. */
  #enough = 0;

  /** Whether bytes are there that belong to no answer read so far. */
  get hasMore(): boolean {
    return this.#bytes.length > 0;
  }

  add(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /**
   * Takes the next answer, if it is whole.
   *
   * @param toHead whether the request was HEAD
   * @throws Error for what is not an answer
   */
  next(toHead: boolean): Answer | undefined {
    if (this.#bytes.length < this.#enough) return undefined;
    const headEnd = this.#bytes.indexOf(HEAD_END);
    if (headEnd === -1) return undefined;
    const head = this.#bytes.toString('latin1', 0, headEnd);
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    if (status === undefined) throw new Error(`not an answer: ${JSON.stringify(head.slice(0, 200))}`);
    const framing = toHead || status === '204' ? { left: 0 } : framingOf(head);
    const body = this.#body(headEnd + 4, framing);
    if (body === undefined) return undefined;
    this.#enough = 0;
    this.#bytes = this.#bytes.subarray(body.end);
    return {
      status: Number(status),
      id: field(head, 'x-request-id') ?? '',
      last: field(head, 'connection') === 'close',
      body: body.data,
    };
  }

  #body(start: number, framing: Framing): { readonly data: Buffer; readonly end: number } | undefined {
    if (framing === 'chunked') return this.#chunks(start);
    const end = start + framing.left;
    this.#enough = end;
    return this.#bytes.length < end ? undefined : { data: this.#bytes.subarray(start, end), end };
  }

  #chunks(start: number): { readonly data: Buffer; readonly end: number } | undefined {
    const parts: Buffer[] = [];
    for (let at = start; ;) {
      const lineEnd = this.#bytes.indexOf(CRLF, at);
      if (lineEnd === -1) return undefined;
      const size = Number.parseInt(this.#bytes.toString('latin1', at, lineEnd), 16);
      if (size === 0) {
        const end = this.#bytes.indexOf(HEAD_END, lineEnd);
        return end === -1 ? undefined : { data: Buffer.concat(parts), end: end + 4 };
      }
      at = lineEnd + 2 + size + 2;
      if (this.#bytes.length < at) return undefined;
      parts.push(this.#bytes.subarray(lineEnd + 2, at - 2));
    }
  }
}

function framingOf(head: string): Framing {
  if (field(head, 'transfer-encoding') === 'chunked') return 'chunked';
  const length = field(head, 'content-length');
  if (length === undefined) throw new Error(`an answer without an end: ${JSON.stringify(head)}`);
  return { left: Number(length) };
}

function field(head: string, name: string): string | undefined {
  const at = head.toLowerCase().indexOf(`\r\n${name}: `);
  if (at === -1) return undefined;
  const start = at + name.length + 4;
  const end = head.indexOf('\r\n', start);
  return end === -1 ? head.slice(start) : head.slice(start, end);
}
