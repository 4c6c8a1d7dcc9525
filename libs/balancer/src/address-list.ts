import { BlockList, isIP } from 'node:net';

/** Addresses and networks of both families. */
export class AddressList {
  readonly #list = new BlockList();

  /** @param prefix how many of its first bits make the network; one address alone unless given */
  add(address: string, prefix?: number): void {
    if (prefix === undefined) this.#list.addAddress(address, familyOf(address));
    else this.#list.addSubnet(address, prefix, familyOf(address));
  }

  /** Whether `address` is one, and in the list. */
  has(address: string): boolean {
    return isIP(address) !== 0 && this.#list.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
