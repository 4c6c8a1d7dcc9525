import type { FastifyInstance } from 'fastify';
import { isIPv4 } from 'node:net';
import { ContractException } from '../errors.js';

const MISDIRECTED = 421;
/** Longest name, in characters, that a response repeats. */
const MAX_SHOWN = 100;

/**
 * Refuses requests for a host that this machine is not known by (421, RFC 9110 §15.5.20). A page in a browser may have its own name resolve
 * to 127.0.0.1 once it is loaded (DNS rebinding); then it is of the same origin as a service there, and could ask it whatever it likes.
 * What it cannot do is to send another `Host`.
 *
 * @param known names by which the service is called beside those of the loopback address, in lower case
 */
export function refuseOtherHosts(server: FastifyInstance, known: ReadonlySet<string>): void {
  server.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    const { host } = headers;
    const name = host === undefined ? undefined : hostNameIn(host);
    // A browser always sends one.
    if (name === undefined || isLoopback(name) || known.has(name)) return done();
    const shown = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
    return done(
      new ContractException(
        MISDIRECTED,
        `This service listens on the loopback address and answers to localhost and 127.0.0.1, not to "${shown}"; ` +
          'ask it under one of these, or set HOST to the address at which it is to be reached',
      ),
    );
  });
}

/** Whether a name or an address, in lower case and an IPv6 one in brackets or not, is always this machine's own (RFC 6761 §6.3). */
export function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    name === '[::1]' ||
    (isIPv4(name) && name.startsWith('127.'))
  );
}

/** The host names of URLs, as {@link refuseOtherHosts} knows them; what is no URL has none. */
export function hostNamesOf(urls: readonly unknown[]): Set<string> {
  const names = urls.flatMap((url) =>
    typeof url === 'string' && URL.canParse(url) ? hostNameIn(new URL(url).host) : [],
  );
  return new Set(names.filter((name) => name !== ''));
}

/** `uri-host [ ":" port ]` (RFC 9110 §7.2) without the port, and without the dot of a name that is complete. */
function hostNameIn(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = (end <= 0 ? host : host.slice(0, end)).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
