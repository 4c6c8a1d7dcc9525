import { endpointOf, type ListenAddress } from '@balanza/proxy';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { AddressList } from '../address-list.js';
import { isLocalhost } from './planned-backends.js';

/**
 * Where a balancer listens itself. Had it that as a backend, it would send a request to itself over and over, until it has as many
 * in flight as it may.
 */
export class OwnAddress {
  readonly #host: string;
  readonly #port: number;
  readonly #address: string;

  private constructor({ host, port }: ListenAddress, address: string) {
    this.#host = host;
    this.#port = port;
    this.#address = address;
  }

  /**
   * @param listening as it is given to `listen`, which resolves a name in the same way
   * @throws as `listen` would, for a name that has no address
   */
  static async of(listening: ListenAddress): Promise<OwnAddress> {
    const { host } = listening;
    return new OwnAddress(listening, isIP(host) === 0 ? (await lookup(host)).address : host);
  }

  /** Whether requests to `url` come here; a name other than `localhost` is not resolved. */
  isAt(url: string): boolean {
    const { host, port } = endpointOf(url);
    if (port !== this.#port) return false;
    if (host === this.#host) return true;
    // Asked each time, as networks come and go.
    const own = reachedAt(this.#address);
    return isLocalhost(host) ? own.has('127.0.0.1') || own.has('::1') : own.has(host);
  }

  /** Says that `url` cannot be a backend, as {@link isAt} tells, and what to do. */
  problemOf(url: string): string {
    return `${url} is this balancer itself, which listens on port ${this.#port} of ${this.#host}; name another backend`;
  }
}

/** All addresses by which a connection comes to who listens at `address`. */
function reachedAt(address: string): AddressList {
  const list = new AddressList();
  list.add(address);
  if (address === '::' || address === '0.0.0.0') {
    list.add('127.0.0.0', 8);
    list.add('0.0.0.0');
    const all = Object.values(networkInterfaces()).flatMap((network) => network ?? []);
    // Node has a socket at :: take IPv4 as well.
    for (const each of all) if (address === '::' || each.family === 'IPv4') list.add(each.address);
    if (address === '::') list.add('::1');
  }
  // A connection to the unspecified address goes to the loopback one.
  if (address === '127.0.0.1') list.add('0.0.0.0');
  if (address === '::1') list.add('::');
  return list;
}
