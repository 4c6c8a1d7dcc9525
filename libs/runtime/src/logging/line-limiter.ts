import type { LogFn, Logger } from 'pino';
import { requestContext } from '../request-context.js';

/** A kind has one line in this time, in milliseconds. */
const WINDOW_MS = 1_000;
/** Kinds that are told apart at a time; what is beyond counts as one more. */
const MAX_KINDS = 200;
/** Of a message, so many characters make its kind. */
const MAX_KIND_LENGTH = 200;

/** `warn` of pino; below it nothing is held back, and neither is `fatal`. */
const WARN = 40;
const FATAL = 60;

/** Fields that differ from request to request. */
const OF_ONE_LINE = new Set(['request_id', 'reqId', 'method', 'url', 'ms', 'stack']);

interface Kind {
  /** Lines that were held back since the last one that was written. */
  held: number;
  /** Writes how many that were. */
  tell: (held: number) => void;
}

/**
 * Holds warnings and errors back that say what another said less than a second ago: in an outage each request would have a line of its
 * own, and nothing else would be found. Their number is told when the second is over.
 */
export class LineLimiter {
  readonly #kinds = new Map<string, Kind>();
  readonly #isExempt: (fields: object) => boolean;

  /** @param isExempt whether a line with these fields is always written */
  constructor(isExempt: (fields: object) => boolean = () => false) {
    this.#isExempt = isExempt;
  }

  /** For pino's `hooks.logMethod`: writes the line, or counts it. */
  write(logger: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [first, second] = args as [unknown, unknown];
    const fields = typeof first === 'object' && first !== null ? first : {};
    const message = typeof first === 'string' ? first : typeof second === 'string' ? second : '';
    if (level < WARN || level >= FATAL || this.#isExempt(fields)) return method.apply(logger, args);
    const about = aboutOf(fields);
    const tell = (held: number) => {
      const line = `${message} … and ${held} more in the last second`;
      method.apply(logger, [{ ...about, held }, line] as unknown as Parameters<LogFn>);
    };
    if (this.#admit(kindOf(level, message, fields, about), tell)) method.apply(logger, args);
  }

  #admit(name: string, tell: Kind['tell']): boolean {
    const key = this.#kinds.size < MAX_KINDS || this.#kinds.has(name) ? name : '';
    const kind = this.#kinds.get(key);
    if (kind !== undefined) {
      kind.held++;
      kind.tell = tell;
      return false;
    }
    this.#kinds.set(key, { held: 0, tell });
    this.#watch(key);
    return true;
  }

  /** Not in the context of the request that had the first line: what is told is of many. */
  #watch(key: string): void {
    requestContext.exit(() => setTimeout(() => this.#look(key), WINDOW_MS).unref());
  }

  #look(key: string): void {
    const kind = this.#kinds.get(key);
    if (kind === undefined || kind.held === 0) {
      this.#kinds.delete(key);
      return;
    }
    const { held, tell } = kind;
    kind.held = 0;
    tell(held);
    this.#watch(key);
  }
}

/**
 * Lines are of one kind that say the same of the same thing: messages that differ in numbers alone, such as a time, about the same
 * backend, status or whatever else the fields name.
 */
function kindOf(level: number, message: string, fields: object, about: object): string {
  const { err } = fields as { readonly err?: unknown };
  const reason = err instanceof Error ? `${err.name}: ${err.message}` : '';
  const said = `${message.slice(0, MAX_KIND_LENGTH)}|${reason.slice(0, MAX_KIND_LENGTH)}`;
  return `${level}|${said.replace(/\d+/g, '0')}|${JSON.stringify(about)}`;
}

/** What the fields name beside the one request: short text and numbers. */
function aboutOf(fields: object): object {
  const named = Object.entries(fields).filter(([name, value]) => !OF_ONE_LINE.has(name) && isShort(value));
  return Object.fromEntries(named) as object;
}

function isShort(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_KIND_LENGTH);
}
