import type { IncomingMessage } from 'node:http';

/**
 * The path and query that the request asks for. A request in absolute form (RFC 9112 §3.2.2) is taken for what it
 * names; `undefined` for what names no path, and for a request with more than one `Host` (§3.2).
 */
export function originForm({ url = '', rawHeaders }: IncomingMessage): string | undefined {
  if (rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return undefined;
  if (url.startsWith('/')) return url;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
