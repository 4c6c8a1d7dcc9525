import { isIP } from 'node:net';
import type { WantedBackend } from './balancing-state.js';

/** A backend that requests can be sent to. */
export interface ReachableBackend extends WantedBackend {
  /** What it was found by, where that was a name. */
  readonly name: string | undefined;
  /** The URL of the backend that it serves for. */
  readonly source: string;
}

/**
 * The name in a URL that stands for addresses; undefined for one with an address, and for `localhost`, which is this
 * machine whatever it resolves to (RFC 6761 §6.3).
 */
export function nameIn(url: string): string | undefined {
  const { hostname } = new URL(url);
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0;
  return isAddress || isLocalhost(hostname) ? undefined : hostname;
}

/** Whether a name is this machine, whatever resolves it. */
export function isLocalhost(name: string): boolean {
  return /(^|\.)localhost$/.test(name);
}

/**
 * Every address of a name as a backend of its own, with the weight and the mode of the name. Who is named twice is there
 * once, as first named.
 *
 * @param addressesOf undefined where names are left as they are
 */
export function reachable(
  backends: readonly WantedBackend[],
  addressesOf: ((name: string) => readonly string[]) | undefined,
): ReachableBackend[] {
  const all = backends.flatMap((backend): ReachableBackend[] => {
    const name = addressesOf === undefined ? undefined : nameIn(backend.url);
    const source = backend.url;
    if (name === undefined || addressesOf === undefined) return [{ ...backend, name: undefined, source }];
    return addressesOf(name).map((address) => ({ ...backend, url: withHost(source, address), name, source }));
  });
  const byUrl = new Map(all.toReversed().map((backend) => [backend.url, backend]));
  return all.filter((backend) => byUrl.get(backend.url) === backend);
}

/** The same port of another host. */
export function withHost(url: string, address: string): string {
  const changed = new URL(url);
  changed.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return changed.origin;
}
