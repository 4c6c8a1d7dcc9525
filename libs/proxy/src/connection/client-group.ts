/** Of the eight groups of an IPv6 address, those that name the network. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/**
 * What is taken for one client: an IPv4 address; of IPv6 the network of 64 bits, all of whose addresses one client may use
 * (RFC 6177, RFC 8981).
 */
export function clientGroup(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const first = before === '' ? [] : before.split(':');
  const last = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, GROUPS - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
