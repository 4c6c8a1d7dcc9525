import { Writable } from 'node:stream';

/**
 * Passes on what it is given for as long as anybody reads `output`, and drops the rest. concurrently throws where its output has
 * failed, which would end a launcher before it has ended its processes.
 */
export function whileRead(output: Writable): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      if (output.writable) output.write(chunk);
      done();
    },
  });
}
