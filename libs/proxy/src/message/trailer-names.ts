/**
 * Trailers of a response that do not go on: what speaks of framing, of routing and of authentication has no meaning behind the head, but
 * some reader may merge it into the head (RFC 9110 §6.5.1). `Authentication-Info` may be a trailer (§11.6.3).
 */
const DROPPED = new Set([
  // Framing, and how the body is to be read.
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Routing.
  'forwarded',
  'host',
  'max-forwards',
  'via',
  'x-balanza-refused',
  // Authentication.
  'authorization',
  'cookie',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'set-cookie',
  'www-authenticate',
]);

/**
 * Whether a response's trailer of this name goes no further.
 *
 * @param nominated names, in lower case, that `Connection` lists
 */
export function isDroppedTrailer(name: string, nominated: readonly string[] | undefined): boolean {
  const lower = name.toLowerCase();
  // CGI and its heirs read both characters alike.
  const known = lower.replaceAll('_', '-');
  return DROPPED.has(known) || known.startsWith('x-forwarded-') || nominated?.includes(lower) === true;
}
