import { METHODS } from 'node:http';
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
    const method = KNOWN_METHODS.get(name);
    if (method === undefined) throw new MessageError(`the method is not one that this proxy forwards`);
    this.method = method;
  }

  #readFields(head: HeadScanner): void {
    let host = NONE;
    this.upgrade = '';
    for (let index = 0; index < head.count; index++) {
      switch (head.field[index]) {
        case FIELD.host:
          if (host !== NONE) throw new MessageError('Host is given more than once');
          host = index;
          break;
        case FIELD.upgrade:
          this.#readUpgrade(head.value(index));
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
    const [, authority = '', path = ''] = absolute;
    // Two names for one resource would let each side pick its own (RFC 9112 §3.2.2).
    if (this.host !== '' && authority.toLowerCase() !== this.host.toLowerCase()) {
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
const ABSOLUTE = /^https?:\/\/([^/?#@]+)([/?].*)?$/i;
