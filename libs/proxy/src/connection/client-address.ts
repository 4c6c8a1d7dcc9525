import { FIELD } from '../message/field-names.js';
import type { HeadScanner } from '../message/head-scanner.js';

/** What a client's address is found by. */
export interface AddressSource {
  /** Has scanned the request's head. */
  readonly scanner: HeadScanner;
  readonly isTrusted: (address: string) => boolean;
}

/**
 * The client's address as the last trusted proxy has seen it: any client can write what stands before that.
 *
 * @param peer the address of the connection
 */
export function clientAddress(peer: string, { isTrusted, scanner }: AddressSource): string {
  if (!isTrusted(peer)) return peer;
  const hops = scanner.valueOf(FIELD['x-forwarded-for'])?.split(',') ?? [];
  let address = peer;
  for (let hop = hops.pop(); hop !== undefined && isTrusted(address); hop = hops.pop()) address = hop.trim();
  return address;
}
