const END_OF_HEAD = '\r\n\r\n';

/** Finds the end of each answer on one connection. Knows only answers with a `Content-Length`, and none before its request. */
export class AnswerReader {
  /** What has come of the head, while it is not whole. */
  #head = '';
  #missing = 0;
  #status = 0;

  /**
   * Takes what has come.
   *
   * @returns the status once an answer is whole, otherwise `undefined`
   * @throws Error when it is not an answer of a known length
   */
  take(chunk: Buffer): number | undefined {
    let rest = chunk.length;
    if (this.#missing === 0) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf(END_OF_HEAD);
      if (end === -1) return undefined;
      const head = this.#head.slice(0, end + 2);
      rest = this.#head.length - end - END_OF_HEAD.length;
      this.#head = '';
      this.#status = Number(head.slice(9, 12));
      this.#missing = lengthIn(head);
    }
    this.#missing -= rest;
    if (this.#missing < 0) throw new Error('more came than one answer');
    return this.#missing === 0 ? this.#status : undefined;
  }
}

function lengthIn(head: string): number {
  const [, length] = /\r\ncontent-length: *(\d+)\r\n/i.exec(head) ?? [];
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
  return Number(length);
}
