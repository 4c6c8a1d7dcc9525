import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';

/** An IPv4 address as such, where the system tells it as one of IPv6. */
export function plainAddress(address = 'unknown'): string {
  return address.replace(/^::ffff:/, '');
}

/** The address and port that the client connected to. */
export function localAuthority({ localAddress, localPort }: Socket): string {
  const address = plainAddress(localAddress);
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}

/** Where a socket for `url` connects to: as a socket wants it, an IPv6 address without its brackets. */
export function endpointOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = urlToHttpOptions(new URL(url));
  return { host: hostname ?? '', port: Number(port ?? 80) };
}
