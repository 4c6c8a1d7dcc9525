import { isIP } from 'node:net';
import { z } from 'zod';
import { AddressList } from '../address-list.js';

const MESSAGE = 'must be addresses or networks, separated by commas, such as 10.0.0.0/8,192.0.2.7';

/** A list of addresses and networks, given in an environment variable. */
export function trustedProxies() {
  return z
    .string()
    .transform((list) => list.split(',').map((entry) => entry.trim()))
    .refine((list) => list.every(isNetwork), MESSAGE);
}

/** Tells whether an address is in one of `networks`, as {@link trustedProxies} has validated them. */
export function trustIn(networks: readonly string[]): (address: string) => boolean {
  // Asking costs each connection an object outside of V8's heap.
  if (networks.length === 0) return () => false;
  const list = new AddressList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.add(address, prefix === undefined ? undefined : Number(prefix));
  }
  return (address) => list.has(address);
}

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && isPrefix && rest.length === 0;
}
