import { z } from 'zod';

/**
 * The schema of a URL that says where a server is and nothing more: scheme, host and port. Gives the origin
 * (RFC 6454 §6.2), so that the same server is always the same text.
 *
 * @param schemes which are allowed
 */
export function originUrl(schemes: readonly ('http' | 'https')[]) {
  const named = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z
    .url({
      protocol: new RegExp(`^(${schemes.join('|')})$`),
      error: `must be an ${named} URL, such as http://127.0.0.1:5000`,
      abort: true,
    })
    .refine((url) => new URL(url).href === `${new URL(url).origin}/`, {
      message: 'must name only scheme, host and port, such as http://127.0.0.1:5000',
    })
    .refine((url) => new URL(url).port !== '0', { message: 'must name a port from 1 to 65535' })
    .transform((url) => new URL(url).origin);
}
