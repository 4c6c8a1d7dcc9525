import { fieldsOf, valuesOf, type HeaderList } from './header-list.js';
import { hopByHopNames } from './hop-by-hop.js';
import { VIA_PSEUDONYM } from './request-headers.js';

/** The header fields for the client: hop-by-hop fields are left out, `Via` and the request's id are added. */
export function responseHeaders(received: HeaderList, requestId: string): string[] {
  const dropped = hopByHopNames(received);
  const headers: string[] = [];
  let hasRequestId = false;
  for (const [lowerName, value, name] of fieldsOf(received)) {
    if (dropped.has(lowerName) || lowerName === 'via') continue;
    if (lowerName === 'x-request-id') hasRequestId = true;
    headers.push(name, value);
  }
  headers.push('Via', [...valuesOf(received, 'via'), `1.1 ${VIA_PSEUDONYM}`].join(', '));
  if (!hasRequestId) headers.push('X-Request-Id', requestId);
  return headers;
}
