import { valuesOf, type HeaderList } from './header-list.js';

/** Fields that speak of one connection only (RFC 9110 §7.6.1), and those of proxy authentication (§11.7). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
];

/** Fields that a message cannot do without; naming them in `Connection` does not take them away. */
const PROTECTED = new Set([
  'host',
  'content-length',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
]);

/** The names, in lower case, of the fields that go no further: the fixed ones and those that `Connection` names. */
export function hopByHopNames(headers: HeaderList): Set<string> {
  const nominated = valuesOf(headers, 'connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !PROTECTED.has(name));
  return new Set([...HOP_BY_HOP, ...nominated]);
}
