import type { Socket } from 'node:net';

/** An IPv4 address as such, where the system tells it as one of IPv6. */
export function plainAddress(address = 'unknown'): string {
  return address.replace(/^::ffff:/, '');
}

/** The address and port that the client connected to. */
export function localAuthority({ localAddress, localPort }: Socket): string {
  const address = plainAddress(localAddress);
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
