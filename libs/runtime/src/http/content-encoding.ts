import type { IncomingHttpHeaders } from 'node:http';
import { ContractException } from '../errors.js';

/** Longest list of codings, in characters, that an answer repeats. */
const MAX_SHOWN = 100;

/**
 * Bodies are taken as they are: what could be unpacked to any size is not.
 *
 * @returns the refusal (415) of a body in any coding but `identity`, with what is taken (RFC 9110 §15.5.16)
 */
export function refusalOfCoding({
  'content-encoding': header = '',
}: IncomingHttpHeaders): ContractException | undefined {
  const codings = header.split(',').map((coding) => coding.trim().toLowerCase());
  const unknown = codings.filter((coding) => coding !== '' && coding !== 'identity').join(', ');
  if (unknown === '') return undefined;
  return new ContractException(
    415,
    `The body is encoded with ${unknown.slice(0, MAX_SHOWN)}: send it as it is, without Content-Encoding`,
    { headers: { 'accept-encoding': 'identity' } },
  );
}
