import type { ListenAddress } from '@balanza/proxy';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLocalhost } from './planned-backends.js';

const HTTP_PORT = 80;

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
    const { hostname, port } = new URL(url);
    if (Number(port === '' ? HTTP_PORT : port) !== this.#port) return false;
    if (hostname === this.#host) return true;
    if (isLocalhost(hostname)) return this.#has('127.0.0.1') || this.#has('::1');
    return this.#has(hostname.replace(/^\[(.*)\]$/, '$1'));
  }

  /** Says that `url` cannot be a backend, as {@link isAt} tells, and what to do. */
  problemOf(url: string): string {
    return `${url} is this balancer itself, which listens on port ${this.#port} of ${this.#host}; name another backend`;
  }

  #has(address: string): boolean {
    const family = isIP(address);
    // Asked each time, as networks come and go.
    return family !== 0 && reachedAt(this.#address).check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** All addresses by which a connection comes to who listens at `address`. */
function reachedAt(address: string): BlockList {
  const list = new BlockList();
  const add = (...addresses: readonly string[]) => {
    for (const each of addresses) list.addAddress(each, isIP(each) === 6 ? 'ipv6' : 'ipv4');
  };
  add(address);
  const everywhere = address === '::' || address === '0.0.0.0';
  if (everywhere) {
    list.addSubnet('127.0.0.0', 8, 'ipv4');
    add('0.0.0.0');
    const all = Object.values(networkInterfaces()).flatMap((network) => network ?? []);
    // Node has a socket at :: take IPv4 as well.
    add(...all.filter(({ family }) => address === '::' || family === 'IPv4').map((each) => each.address));
    if (address === '::') add('::1');
  }
  // A connection to the unspecified address goes to the loopback one.
  if (address === '127.0.0.1') add('0.0.0.0');
  if (address === '::1') add('::');
  return list;
}
