import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as util from 'node:util';

/**
 * The settings in the `.env` of a checkout, none where it has no such file; `undefined` when this Node cannot read one (before
 * 20.12). Node's own readers take a byte order mark, with which some editors begin a file, for part of the first name.
 *
 * @param {string} root
 * @returns {Readonly<Record<string, string>> | undefined}
 * @throws {Error} when the file is not UTF-8
 */
export function readDotEnv(root) {
  const file = join(root, '.env');
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch {
    return {};
  }
  if (isUtf16(bytes)) throw new Error(`${file} is in UTF-16; save it in UTF-8.`);
  if (typeof util.parseEnv !== 'function') return undefined;
  return /** @type {Record<string, string>} */ (util.parseEnv(bytes.toString('utf8').replace(/^\uFEFF/, '')));
}

/** By its byte order mark, in either order. */
function isUtf16(/** @type {Buffer} */ bytes) {
  const mark = bytes.subarray(0, 2).toString('hex');
  return mark === 'fffe' || mark === 'feff';
}
