const MAX_LINES = 20;
const MAX_CHARACTERS = 8_192;

/** The end of what a process printed. */
export class LastLines {
  #text = '';

  add(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString('utf8')).slice(-MAX_CHARACTERS);
  }

  toString(): string {
    return this.#text.trimEnd().split('\n').slice(-MAX_LINES).join('\n');
  }
}
