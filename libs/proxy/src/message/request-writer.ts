import { AddedFields } from './added-fields.js';
import { FIELD } from './field-names.js';
import { bodyField, NO_LENGTH } from './framing.js';
import type { HeadScanner } from './head-scanner.js';
import { copyKeptFields, leftOut } from './kept-fields.js';
import { MessageBuilder } from './message-builder.js';
import type { Pseudonym } from './pseudonym.js';
import { ANY_HOPS, type RequestHead } from './request-head.js';
import { newRequestId } from './request-id.js';

/**
 * Written anew for the next hop, from what is known here. The fields that say where the body ends are among them, so that
 * no backend gets them in a form that it might overlook: a tab for a space, capitals, leading zeros.
 */
const REWRITTEN = [
  FIELD['content-length'],
  FIELD['transfer-encoding'],
  FIELD['x-forwarded-for'],
  FIELD['x-forwarded-proto'],
  FIELD['x-forwarded-host'],
  FIELD.forwarded,
  FIELD.via,
  FIELD['x-request-id'],
  FIELD.disguised,
];
const FROM_TRUSTED = leftOut(REWRITTEN);
const FROM_ANYONE = leftOut([...REWRITTEN, FIELD.otherForwarded, FIELD.claim]);

/** What a head takes as a rule, of a browser with cookies. */
const HEAD_BYTES = 1_536;
const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;

/** Writes requests' heads for backends. One per client connection: what stays the same from request to request is kept. */
export class RequestWriter {
  /** The id of the request written last. */
  requestId = '';
  readonly #message = new MessageBuilder(HEAD_BYTES);
  readonly #clientAddress: string;
  readonly #trusted: boolean;
  readonly #ownAuthority: () => string;
  readonly #pseudonym: Pseudonym;
  #host = '';
  #http10 = false;
  /** What is added where no hop before this one has said anything: it depends on nothing but the client and the host. */
  #added: AddedFields | undefined;

  /**
   * @param clientAddress of the peer
   * @param trusted whether what the peer says of earlier hops is believed and passed on
   * @param ownAuthority the address and port that the client connected to: the `Host` of a request that names none (RFC 9112 §3.3)
   */
  constructor(clientAddress: string, trusted: boolean, ownAuthority: () => string, pseudonym: Pseudonym) {
    this.#clientAddress = clientAddress;
    this.#trusted = trusted;
    this.#ownAuthority = ownAuthority;
    this.#pseudonym = pseudonym;
  }

  /** The head to send, up to and with the empty line; it lasts until the next one is written. */
  write(head: HeadScanner, request: RequestHead): Buffer {
    const message = this.#message;
    const { framing } = request;
    const asItCame = request.originForm && !request.http10;
    const line = asItCame ? '' : `${request.method.name} ${request.target} HTTP/1.1\r\n`;
    const from = asItCame ? head.start : head.startLineEnd + 2;
    const host = head.has(FIELD.host) ? '' : `Host: ${request.host || this.#ownAuthority()}\r\n`;
    const switching = request.upgrade === '' ? '' : `Connection: Upgrade\r\nUpgrade: ${request.upgrade}\r\n`;
    message.begin();
    if (line !== '' || host !== '') message.text(line + host);
    const left = this.#trusted ? FROM_TRUSTED : FROM_ANYONE;
    if (request.maxForwards === ANY_HOPS) copyKeptFields(message, head, from, left, framing.nominated);
    else {
      copyKeptFields(message, head, from, left, [...(framing.nominated ?? []), 'max-forwards']);
      message.text(`Max-Forwards: ${Math.max(0, request.maxForwards - 1)}\r\n`);
    }
    if (framing.contentLength !== NO_LENGTH || framing.chunked || switching !== '')
      message.text(bodyField(framing) + switching);
    if (request.host !== this.#host || request.http10 !== this.#http10) {
      this.#host = request.host;
      this.#http10 = request.http10;
      this.#added = undefined;
    }
    if (this.#isFirstHop(head)) {
      this.#added ??= new AddedFields(this.#ownHop());
      this.requestId = this.#added.renew();
      message.copy(this.#added.bytes, 0, this.#added.bytes.length);
    } else message.text(this.#addedBehindOthers(head));
    return message.built();
  }

  /** Whether nothing that was said before this proxy matters. */
  #isFirstHop(head: HeadScanner): boolean {
    return !this.#trusted && !head.has(FIELD.via) && !head.has(FIELD['x-request-id']);
  }

  #addedBehindOthers(head: HeadScanner): string {
    const given = head.valueOf(FIELD['x-request-id']);
    this.requestId = given !== undefined && REQUEST_ID.test(given) ? given : newRequestId();
    return `${this.#earlierHops(head) ?? this.#ownHop()}X-Request-Id: ${this.requestId}\r\n\r\n`;
  }

  #ownHop(): string {
    const address = this.#clientAddress;
    const host = this.#host;
    const forwardedHost = host === '' ? '' : `X-Forwarded-Host: ${host}\r\n`;
    return (
      `X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: http\r\n${forwardedHost}` +
      `Forwarded: ${forwarded(address, host)}\r\nVia: ${this.#via}\r\n`
    );
  }

  /** The version is the one that the message came in (RFC 9110 §7.6.3). */
  get #via(): string {
    const { via10, via11 } = this.#pseudonym;
    return this.#http10 ? via10 : via11;
  }

  /** The same fields where the request came through other proxies; undefined where none of that counts. */
  #earlierHops(head: HeadScanner): string | undefined {
    const via = head.valueOf(FIELD.via);
    if (!this.#trusted && via === undefined) return undefined;
    const address = this.#clientAddress;
    const believed = (field: number) => (this.#trusted ? head.valueOf(field) || undefined : undefined);
    const host = believed(FIELD['x-forwarded-host']) ?? this.#host;
    const list = (earlier: string | undefined, own: string) =>
      earlier === undefined || earlier === '' ? own : `${earlier}, ${own}`;
    return (
      `X-Forwarded-For: ${list(believed(FIELD['x-forwarded-for']), address)}\r\n` +
      `X-Forwarded-Proto: ${believed(FIELD['x-forwarded-proto']) ?? 'http'}\r\n` +
      (host === '' ? '' : `X-Forwarded-Host: ${host}\r\n`) +
      `Forwarded: ${list(believed(FIELD.forwarded), forwarded(address, this.#host))}\r\n` +
      `Via: ${list(via, this.#via)}\r\n`
    );
  }
}

/** One element of `Forwarded` (RFC 7239 §4); an IPv6 address is quoted and in brackets (§6). */
function forwarded(address: string, host: string): string {
  const node = address.includes(':') ? `"[${address}]"` : address;
  return `for=${node}${host === '' ? '' : `;host="${host}"`};proto=http`;
}
