import { Duplex } from 'node:stream';

/** A connection on which `text` arrives in one piece; what is written to it is forgotten. */
export class ByteStream extends Duplex {
  constructor(text: string) {
    super({ autoDestroy: false });
    this.push(Buffer.from(text, 'latin1'));
  }

  /** Nothing more arrives. */
  close(): void {
    this.push(null);
  }

  override _read(): void {
    // Everything is pushed by hand.
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}
