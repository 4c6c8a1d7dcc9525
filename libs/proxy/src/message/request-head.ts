import { METHODS } from 'node:http';
import { decimal, EXACT_DIGITS, NOT_DECIMAL } from './decimal.js';
import { FIELD } from './field-names.js';
import { Framing } from './framing.js';
import { latin1, type HeadScanner } from './head-scanner.js';
import { isHttp10 } from './http-version.js';
import { MessageError } from './message-error.js';

/** What is known of a method (RFC 9110 §9.2). */
export interface Method {
  readonly name: string;
  /** Doing it twice is as good as once, so it may be sent again when the first try broke. */
  readonly idempotent: boolean;
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']);
const KNOWN_METHODS = new Map<string, Method>(
  METHODS.filter((name) => name !== 'CONNECT').map((name) => [
    name,
    { name, idempotent: IDEMPOTENT.has(name) },
  ]),
);
const GET: Method = { name: 'GET', idempotent: true };
KNOWN_METHODS.set('GET', GET);

const NONE = -1;
/** Nothing says how many hops a request may make. */
export const ANY_HOPS = -1;
/** More than any chain of proxies has; what is above it is taken for it. */
const MOST_HOPS = 1_000_000;

/** A request's head, as far as a proxy has to understand it. One per client connection, read anew for each request. */
export class RequestHead {
  method = GET;
  /** Path and query in origin form, or `*` (RFC 9112 §3.2). */
  target = '/';
  /** Whether the target stood there as `target` says, so that the request line can go on as it came. */
  originForm = true;
  /** What the client calls the server; empty where an HTTP/1.0 client does not say. */
  host = '';
  /** The client speaks HTTP/1.0. */
  http10 = false;
  /** The client keeps the connection for another request. */
  persistent = true;
  /** How many more hops an OPTIONS or a TRACE may make (RFC 9110 §7.6.2), or {@link ANY_HOPS}. */
  maxForwards = ANY_HOPS;
  /** What the client wants to switch to; empty when nothing. */
  upgrade = '';
  readonly framing = new Framing();
  /** The host found valid last: a client asks for the same one again and again. */
  #checkedHost: string | undefined;

  /** Whether a body follows (RFC 9112 §6.3). */
  get hasBody(): boolean {
    return this.framing.chunked || this.framing.contentLength > 0;
  }

  /**
   * Reads what `head` has scanned.
   *
   * @throws MessageError for whatever could mean two things
   */
  read(head: HeadScanner): void {
    this.http10 = isHttp10(head.bytes, head.secondSpace + 1, head.startLineEnd);
    this.#readMethod(head);
    this.framing.read(head);
    this.#readFields(head);
    this.#readTarget(head);
    const { framing } = this;
    // A chunked message of HTTP/1.0 is a fault in framing (RFC 9112 §6.1).
    if (this.http10 && framing.chunked) throw new MessageError('HTTP/1.0 has no chunked bodies');
    this.persistent = !framing.close && (!this.http10 || framing.keepAlive);
  }

  #readMethod(head: HeadScanner): void {
    const { bytes, start, firstSpace } = head;
    if (
      firstSpace - start === 3 &&
      bytes[start] === 0x47 &&
      bytes[start + 1] === 0x45 &&
      bytes[start + 2] === 0x54
    ) {
      this.method = GET;
      return;
    }
    const name = latin1(bytes, start, firstSpace);
    // It asks for a tunnel to anywhere (RFC 9110 §9.3.6), and its target is none of the forms that are read here.
    if (name === 'CONNECT') throw new MessageError('the method is not one that this proxy forwards');
    // Any other token is a method (RFC 9110 §9.1); an unknown one may not be idempotent, and gets one attempt.
    this.method = KNOWN_METHODS.get(name) ?? { name, idempotent: false };
  }

  #readFields(head: HeadScanner): void {
    let host = NONE;
    this.upgrade = '';
    this.maxForwards = ANY_HOPS;
    for (let index = 0; index < head.count; index++) {
      switch (head.field[index]) {
        case FIELD.host:
          if (host !== NONE) throw new MessageError('Host is given more than once');
          host = index;
          break;
        case FIELD.upgrade:
          this.#readUpgrade(head.value(index));
          break;
        case FIELD['max-forwards']:
          this.#readMaxForwards(head, index);
          break;
        default:
      }
    }
    if (host !== NONE) this.host = this.#validHost(head.value(host));
    else if (this.http10) this.host = '';
    else throw new MessageError('Host is missing');
  }

  /** HTTP/1.0 has no upgrade (RFC 9110 §7.8). One to HTTP/2 would carry requests past everything that is checked here. */
  #readUpgrade(value: string): void {
    if (this.framing.upgrade && !this.http10 && !HTTP2.test(value)) this.upgrade = value;
  }

  /** Of other methods the field says nothing. */
  #readMaxForwards({ bytes, valueStart, valueEnd }: HeadScanner, index: number): void {
    if (this.method.name !== 'OPTIONS' && this.method.name !== 'TRACE') return;
    const start = valueStart[index] as number;
    const end = valueEnd[index] as number;
    const hops = decimal(bytes, start, Math.min(end, start + EXACT_DIGITS));
    if (hops === NOT_DECIMAL || this.maxForwards !== ANY_HOPS)
      throw new MessageError('Max-Forwards is not a number of hops');
    this.maxForwards = Math.min(hops, MOST_HOPS);
  }

  #validHost(value: string): string {
    if (value === this.#checkedHost) return value;
    if (!HOST.test(value)) throw new MessageError('Host is not a host and a port');
    this.#checkedHost = value;
    return value;
  }

  #readTarget(head: HeadScanner): void {
    const { bytes, firstSpace, secondSpace } = head;
    this.originForm = bytes[firstSpace + 1] === SLASH;
    this.target = latin1(bytes, firstSpace + 1, secondSpace);
    if (this.originForm) return;
    if (this.target === '*' && this.method.name === 'OPTIONS') {
      this.originForm = true;
      return;
    }
    const absolute = ABSOLUTE.exec(this.target);
    if (absolute === null) throw new MessageError('the target is neither a path nor an http:// URL');
    const [, scheme = '', authority = '', path = ''] = absolute;
    // Two names for one resource would let each side pick its own (RFC 9112 §3.2.2).
    if (this.host !== '' && normalAuthority(authority, scheme) !== normalAuthority(this.host, scheme)) {
      throw new MessageError('the target and Host name different hosts');
    }
    this.host = this.#validHost(authority);
    // "The whole server" has no other form in a URL (RFC 9112 §3.2.4).
    if (path === '' && this.method.name === 'OPTIONS') this.target = '*';
    else this.target = path.startsWith('/') ? path : `/${path}`;
  }
}

const SLASH = 0x2f;
const HTTP2 = /h2c|http\/2/i;
/** `uri-host [ ":" port ]` (RFC 9110 §7.2), without the comma, which would look like two of them. */
const HOST =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+)(?::(?:[0-5]?\d{0,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?$/;
const ABSOLUTE = /^(https?):\/\/([^/?#@]+)([/?].*)?$/i;
const DEFAULT_PORT: Readonly<Record<string, RegExp>> = { http: /:(?:0*80)?$/, https: /:(?:0*443)?$/ };

/** What two authorities have in common that are equal (RFC 9110 §4.2.3): any case, no port but one that is not the scheme's own. */
function normalAuthority(authority: string, scheme: string): string {
  const ownPort = DEFAULT_PORT[scheme.toLowerCase()];
  const host = ownPort === undefined ? authority : authority.replace(ownPort, '');
  return host.replaceAll(/%[0-9a-f]{2}/gi, unescapeUnreserved).toLowerCase();
}

/** An escaped letter, digit or `-._~` is that character (RFC 3986 §6.2.2.2). */
function unescapeUnreserved(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : escaped;
}
