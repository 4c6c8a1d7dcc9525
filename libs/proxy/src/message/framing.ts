import { HTAB, SP } from './characters.js';
import { decimal, EXACT_DIGITS, NOT_DECIMAL } from './decimal.js';
import { FIELD } from './field-names.js';
import type { HeadScanner } from './head-scanner.js';
import { MessageError } from './message-error.js';

/** No `Content-Length`. */
export const NO_LENGTH = -1;

/** What a head says of its body and of its connection (RFC 9112 §6, §9.3). */
export class Framing {
  /** Bytes of the body, or {@link NO_LENGTH}. */
  contentLength = NO_LENGTH;
  chunked = false;
  /** Of a response: the fields of the length are not in the form that every reader takes, so they have to be written anew. */
  rewritten = false;
  /** `Connection` names `close`, `keep-alive`, `upgrade`. */
  close = false;
  keepAlive = false;
  upgrade = false;
  /** Fields that `Connection` names beside those, in lower case; they go no further. */
  nominated: string[] | undefined;

  /**
   * Reads the fields that decide where the message ends. One that could end in two places is refused: such a message is
   * how one request is smuggled inside another (RFC 9112 §11.2). Of a response the same length may be given again (§6.3), and lists
   * may have empty elements (RFC 9110 §5.6.1.2).
   *
   * @throws MessageError
   */
  read(head: HeadScanner, ofResponse = false): void {
    this.contentLength = NO_LENGTH;
    this.chunked = false;
    this.rewritten = false;
    this.close = false;
    this.keepAlive = false;
    this.upgrade = false;
    this.nominated = undefined;
    for (let index = 0; index < head.count; index++) {
      switch (head.field[index]) {
        case FIELD['content-length']:
          this.#readLength(head, index, ofResponse);
          break;
        case FIELD['transfer-encoding']:
          this.#readCoding(head, index, ofResponse);
          break;
        case FIELD.connection:
          this.#readConnection(head.value(index));
          break;
        default:
      }
    }
    if (!this.chunked && head.has(FIELD['transfer-encoding'])) throw new MessageError(NOT_CHUNKED);
    if (this.chunked && this.contentLength !== NO_LENGTH) {
      throw new MessageError('Content-Length and Transfer-Encoding exclude each other');
    }
  }

  #readLength(head: HeadScanner, index: number, ofResponse: boolean): void {
    const isFirst = this.contentLength === NO_LENGTH;
    const length = lengthOf(head, index);
    if (isFirst && length !== NOT_DECIMAL) {
      this.contentLength = length;
      return;
    }
    if (!ofResponse) throw new MessageError(isFirst ? NO_NUMBER : MANY_LENGTHS);
    this.rewritten = true;
    for (const element of head.value(index).split(',')) this.#readAgain(withoutSpace(element));
  }

  #readAgain(text: string): void {
    if (!LENGTH.test(text)) throw new MessageError(NO_NUMBER);
    const length = Number(text);
    if (this.contentLength !== NO_LENGTH && this.contentLength !== length)
      throw new MessageError(MANY_LENGTHS);
    this.contentLength = length;
  }

  #readCoding(head: HeadScanner, index: number, ofResponse: boolean): void {
    const value = head.value(index);
    if (value === 'chunked' && !this.chunked && !endsWithTab(head, index)) {
      this.chunked = true;
      return;
    }
    if (!ofResponse && (this.chunked || value.toLowerCase() !== 'chunked' || endsWithTab(head, index)))
      throw codingError(value, this.chunked || endsWithTab(head, index));
    if (ofResponse) this.rewritten = true;
    for (const element of value.split(',')) {
      const coding = withoutSpace(element).toLowerCase();
      if (coding === '') continue;
      if (this.chunked || coding !== 'chunked') throw new MessageError(NOT_CHUNKED);
      this.chunked = true;
    }
  }

  /** `Connection = #connection-option` (RFC 9110 §7.6.1); options are case-insensitive names. */
  #readConnection(value: string): void {
    // What nearly every client sends, if anything.
    if (value === 'keep-alive') {
      this.keepAlive = true;
      return;
    }
    for (const element of value.split(',')) {
      const option = withoutSpace(element).toLowerCase();
      if (option === 'close') this.close = true;
      else if (option === 'keep-alive') this.keepAlive = true;
      else if (option === 'upgrade') this.upgrade = true;
      else if (option !== '') this.#nominate(option);
    }
  }

  #nominate(name: string): void {
    if (!NAME.test(name)) throw new MessageError('Connection has something that is not a name');
    if (PROTECTED.has(name) || name.startsWith('x-forwarded-')) return;
    this.nominated ??= [];
    if (this.nominated.push(name) > MAX_NOMINATED) {
      throw new MessageError(`Connection names more than ${MAX_NOMINATED} fields`);
    }
  }
}

/**
 * Why a coding is refused other than `chunked` alone. What cannot be understood but is well-formed is 501 (RFC 9112 §6.1). What could
 * end in two places is 400: codings of which another reader may find `chunked`, or not (§6.3).
 */
function codingError(value: string, isAmbiguous: boolean): MessageError {
  const codings = value.split(',').map((coding) => withoutSpace(coding).toLowerCase());
  const chunkedAt = codings.indexOf('chunked');
  const isWellFormed = codings.every((coding) => NAME.test(coding));
  const mayBeChunked = chunkedAt !== -1 && (chunkedAt !== codings.length - 1 || codings.length === 1);
  const isUnknown = isWellFormed && !isAmbiguous && !mayBeChunked;
  return new MessageError(NOT_CHUNKED, isUnknown ? 501 : 400);
}

/** White space may be a tab (RFC 9110 §5.6.3), but there are readers, Node's among them, to which it makes another coding here. */
function endsWithTab({ bytes, valueEnd }: HeadScanner, index: number): boolean {
  let at = valueEnd[index] as number;
  while (bytes[at] === SP) at++;
  return bytes[at] === HTAB;
}

/** Each is looked for among all fields, so there must not be thousands of them. */
const MAX_NOMINATED = 32;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Fields that a message cannot do without; naming them in `Connection` does not take them away. */
const PROTECTED = new Set(['host', 'content-length', 'transfer-encoding', 'forwarded']);

/** Without the spaces and tabs at both ends, and no more than those: `trim` would take U+00A0 too. */
function withoutSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === ' ' || text[start] === '\t') start++;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(start, end);
}

const NOT_CHUNKED = 'Transfer-Encoding is not exactly "chunked"';
const MANY_LENGTHS = 'Content-Length is given more than once';
const NO_NUMBER = 'Content-Length is not a number of bytes';
const LENGTH = new RegExp(`^\\d{1,${EXACT_DIGITS}}$`);

function lengthOf({ bytes, valueStart, valueEnd }: HeadScanner, index: number): number {
  const start = valueStart[index] as number;
  const end = valueEnd[index] as number;
  return end - start > EXACT_DIGITS ? NOT_DECIMAL : decimal(bytes, start, end);
}

/** The field that says how the body ends, as every reader takes it; empty where there is none. */
export function bodyField({ chunked, contentLength }: Framing): string {
  if (chunked) return 'Transfer-Encoding: chunked\r\n';
  return contentLength === NO_LENGTH ? '' : `Content-Length: ${contentLength}\r\n`;
}
