/** Deepest nesting of arrays and objects that a body may have; what reads it recursively stays safe. */
export const MAX_JSON_DEPTH = 100;

/** Longest path of a member, in characters, that a response repeats. */
const MAX_SHOWN_PATH = 200;

/** What the text of a JSON value says that the parsed value no longer does. */
export interface JsonScan {
  readonly isTooDeep: boolean;
  /** How many members all objects have together, with names that occur twice in one object. */
  readonly members: number;
  /** The path of the first number that a double cannot hold. */
  readonly outOfRange?: string;
  /** The path of the first name that its object has already, where that was asked for. */
  readonly duplicate?: string;
}

/**
 * Reads the text once, in time that is linear in its length, and ends at what is to be refused. A text that is not JSON gets a
 * result without meaning: whether it is JSON is for `JSON.parse` to say.
 *
 * @param names whether to look for names that occur twice; this keeps all names of the open objects
 */
export function scanJson(text: string, { names = false } = {}): JsonScan {
  const place = new Place(text);
  const seen: (Set<string> | undefined)[] = [];
  let members = 0;
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (expectsName) {
          place.enterMember(at, end);
          expectsName = false;
          members++;
          if (names && isRepeated((seen[place.depth] ??= new Set()), text.slice(at, end)))
            return { isTooDeep: false, members, duplicate: place.path() };
        }
        at = end - 1;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        expectsName = text.charCodeAt(at) === OPEN_BRACE;
        if (!place.open(!expectsName)) return { isTooDeep: true, members };
        seen[place.depth] = undefined;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        place.close();
        expectsName = false;
        break;
      case COMMA:
        expectsName = place.nextElement();
        break;
      default:
        if (isNumberStart(text.charCodeAt(at))) {
          const digitsEnd = endOfDigits(text, at + 1);
          const end = endOfNumber(text, digitsEnd);
          const isLong = end - at >= SHORTEST_OUT_OF_RANGE || hasExponent(text, digitsEnd, end);
          if (isLong && isOutOfRange(text.slice(at, end)))
            return { isTooDeep: false, members, outOfRange: place.path() };
          at = end - 1;
        }
    }
  }
  return { isTooDeep: false, members };
}

/** How many members the objects of a parsed value have together. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const isArray = Array.isArray(value);
  const members: readonly unknown[] = isArray ? value : Object.values(value);
  let count = isArray ? 0 : members.length;
  for (const member of members) if (typeof member === 'object') count += countMembers(member);
  return count;
}

/** Where in a JSON text the scan is: for each open array the index of the element, for each open object the name of the member. */
class Place {
  readonly #text: string;
  /** -1 in an object. */
  readonly #index = new Int32Array(MAX_JSON_DEPTH + 1);
  readonly #nameStart = new Int32Array(MAX_JSON_DEPTH + 1);
  readonly #nameEnd = new Int32Array(MAX_JSON_DEPTH + 1);
  depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns whether one level more is allowed */
  open(isArray: boolean): boolean {
    if (this.depth === MAX_JSON_DEPTH) return false;
    this.depth++;
    this.#index[this.depth] = isArray ? 0 : -1;
    this.#nameEnd[this.depth] = 0;
    return true;
  }

  close(): void {
    if (this.depth > 0) this.depth--;
  }

  /** @returns whether a name follows */
  nextElement(): boolean {
    const index = this.#index[this.depth] ?? 0;
    if (index < 0) return true;
    this.#index[this.depth] = index + 1;
    return false;
  }

  enterMember(start: number, end: number): void {
    this.#nameStart[this.depth] = start;
    this.#nameEnd[this.depth] = end;
  }

  /** Names and indexes from the outermost level on, separated by points. */
  path(): string {
    const segments: string[] = [];
    for (let level = 1; level <= this.depth; level++) {
      const index = this.#index[level] ?? 0;
      segments.push(
        index < 0 ? decoded(this.#text.slice(this.#nameStart[level], this.#nameEnd[level])) : String(index),
      );
    }
    const path = segments.join('.');
    return path.length > MAX_SHOWN_PATH ? `${path.slice(0, MAX_SHOWN_PATH)}…` : path;
  }
}

function isRepeated(names: Set<string>, literal: string): boolean {
  const before = names.size;
  names.add(decoded(literal));
  return names.size === before;
}

/** The text of a string literal; the literal itself where it is none. */
function decoded(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}

/** Behind the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at + 1;
  }
  return text.length;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (isNumberPart(text.charCodeAt(at))) at++;
  return at;
}

function isNumberStart(char: number): boolean {
  return isDigit(char) || char === MINUS;
}

function isDigit(char: number): boolean {
  return char >= ZERO && char <= NINE;
}

/** A character of a number, or of what is none. Behind the end of the text (NaN) there is none. */
function isNumberPart(char: number): boolean {
  return char <= NINE ? char >= PLUS && char !== COMMA : (char | LOWER_CASE) === E;
}

/** Whether a number overflows to infinity, or is not 0 and becomes it (IEEE 754 binary64). */
function isOutOfRange(number: string): boolean {
  const value = Number(number);
  return value === 0 ? NOT_ZERO.test(number) : !Number.isFinite(value);
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text.charCodeAt(at) | LOWER_CASE) === E) return true;
  return false;
}

/** A digit that is not 0, before any exponent. */
const NOT_ZERO = /^[^1-9e]*[1-9]/i;
/** Digits without an exponent that a double may not hold: 10³⁰⁸ has 309 of them and fits. */
const SHORTEST_OUT_OF_RANGE = 309;

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** The bit by which a lower-case letter of ASCII differs from its capital. */
const LOWER_CASE = 0x20;
