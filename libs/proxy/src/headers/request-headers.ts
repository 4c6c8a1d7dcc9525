import type { IncomingMessage } from 'node:http';
import { fieldsOf, valuesOf } from './header-list.js';
import { hopByHopNames } from './hop-by-hop.js';

/** How this proxy calls itself in `Via` (RFC 9110 §7.6.3). */
export const VIA_PSEUDONYM = 'balanza';

/** Written anew for the next hop, from what is known here. */
const REWRITTEN = new Set([
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'via',
  'x-request-id',
]);
/** `Expect` has been met on this side; a request's trailers are not forwarded. */
const CONSUMED = new Set(['expect', 'trailer']);

/**
 * The header fields for the backend: hop-by-hop fields are left out, everything else keeps its order and spelling,
 * and the fields that tell the backend of the client are added.
 */
export function requestHeaders(request: IncomingMessage, requestId: string): string[] {
  const received = request.rawHeaders;
  const dropped = hopByHopNames(received);
  const headers: string[] = [];
  for (const [lowerName, value, name] of fieldsOf(received)) {
    if (dropped.has(lowerName) || REWRITTEN.has(lowerName) || CONSUMED.has(lowerName)) continue;
    headers.push(name, value);
  }
  const { socket, httpVersion } = request;
  const forwardedFor = [...valuesOf(received, 'x-forwarded-for'), socket.remoteAddress ?? 'unknown'];
  headers.push('X-Forwarded-For', forwardedFor.join(', '));
  headers.push('X-Forwarded-Proto', 'http');
  const host = request.headers.host;
  if (host !== undefined) headers.push('X-Forwarded-Host', host);
  headers.push('Via', [...valuesOf(received, 'via'), `${httpVersion} ${VIA_PSEUDONYM}`].join(', '));
  headers.push('X-Request-Id', requestId);
  return headers;
}
