import { PermanentTaskError } from './errors.js';
import { messageOf } from './message-of.js';

/** Longest result that is stored, in bytes of JSON: as much as a payload may have. */
export const MAX_RESULT_BYTES = 1024 * 1024;

/**
 * A result as the JSON that is stored. What JSON has no word for, such as undefined, is null.
 *
 * A value's own `toJSON` or getters run here, in the attempt, so that whatever they throw fails this task alone and never
 * a statement that other tasks share.
 *
 * @throws PermanentTaskError for a result that is no JSON, or is too long
 */
export function resultJson(result: unknown): string {
  const json = serialised(result);
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_RESULT_BYTES) return json;
  throw new PermanentTaskError(
    `The result has ${bytes} bytes as JSON, and at most ${MAX_RESULT_BYTES} are stored`,
  );
}

function serialised(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new PermanentTaskError(`The result cannot be stored as JSON: ${messageOf(error)}`);
  }
}
