/** The embedded server cannot run; the message says why and what to do about it. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
}

/**
 * The database cannot be reached, broke off, is too slow, or takes no changes now. Whether a statement took effect is known only
 * where the server said that it refuses it.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  /** The server's SQLSTATE, or Node's code, where there is one. */
  readonly code: string;
  /** When to try again. */
  readonly retryAfterSeconds: number;
  /** It is not this process that is broken. */
  readonly comesFromBehind = true;

  constructor(cause: unknown) {
    const code = codeOf(cause);
    const { sentence, retryAfterSeconds } = reasonOf(code);
    super(sentence, { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** What it is, with the words of the server or of Node; for a log. */
  get detail(): string {
    return this.cause instanceof Error && this.cause.message !== ''
      ? `${this.message} (${this.cause.message})`
      : this.message;
  }
}

/** Every connection is in use and the queue for them is full, or was too long. Nothing was sent. */
export class PoolBusyError extends Error {
  override readonly name = 'PoolBusyError';
  /** When to try again. */
  readonly retryAfterSeconds = 1;

  constructor(options?: ErrorOptions) {
    super('Every connection to the database is busy; try again', options);
  }
}

interface Reason {
  readonly sentence: string;
  readonly retryAfterSeconds: number;
}

const AWAY: Reason = { sentence: 'The database cannot be reached now; try again', retryAfterSeconds: 1 };

/**
 * SQLSTATE classes and codes (PostgreSQL, appendix A) of a server that cannot serve now but may later. The statement is not at
 * fault, and succeeds when it is repeated then.
 */
const TRANSIENT_SQLSTATE: readonly (readonly [sqlstate: RegExp, reason: Reason])[] = [
  [/^25006$/, { sentence: 'The database is read-only now; try again later', retryAfterSeconds: 5 }],
  [/^53100$/, { sentence: 'The disk of the database is full; try again later', retryAfterSeconds: 5 }],
  // Out of memory, too many connections, a configured limit.
  [/^53/, { sentence: 'The database is out of resources now; try again', retryAfterSeconds: 1 }],
  // Cancelled by a timeout, waited too long for a lock, a transaction that was idle or took too long.
  [
    /^(57014|55P03|25P0[34])$/,
    { sentence: 'The database did not answer in time; try again', retryAfterSeconds: 1 },
  ],
  [/^40/, { sentence: 'The database had too many changes at once; try again', retryAfterSeconds: 1 }],
  // Input and output, files that are missing.
  [/^58/, { sentence: 'The database cannot use its files now; try again later', retryAfterSeconds: 5 }],
  // A role, a password or a database that is not there (any more).
  [
    /^(28|3D000)/,
    { sentence: 'The database rejects connections of this service; try again later', retryAfterSeconds: 5 },
  ],
  // Connection exceptions; shutting down, crashed, starting up, idle for too long.
  [/^(08|57)/, AWAY],
];

/** Of a server that is busy, or starts or ends: connection exceptions, too many connections, cancelled, shutting down, starting up. */
const CONNECTION_SQLSTATE = /^(08...|53300|57014|57P0[1235])$/;

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

function reasonOf(code: string): Reason {
  return TRANSIENT_SQLSTATE.find(([sqlstate]) => sqlstate.test(code))?.[1] ?? AWAY;
}

/** A SQLSTATE has five characters, as codes of Node (`EPIPE`) may have too; those have no digit. */
function isTransient(code: string): boolean {
  return code.length === 5 && TRANSIENT_SQLSTATE.some(([sqlstate]) => sqlstate.test(code));
}

/** Serialization failure, and deadlock. */
const CONFLICT_SQLSTATE = /^40(001|P01)$/;

const SYSTEM_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What `pg` says, without any code, when a connection ends, times out or is no longer usable. */
const DRIVER_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout e)/;

/** Whether the server gave a statement up because of what others did meanwhile: nothing was done, and it may succeed now. */
export function isConflict(error: unknown): boolean {
  return CONFLICT_SQLSTATE.test(codeOf(error));
}

/** Whether `error`, as thrown by `pg`, says that the database cannot serve now rather than that the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  return isCausedBy(error, isTransient);
}

/** The same, but not of a server that refuses what it is asked for until its operator changes something. */
export function isConnectionError(error: unknown): boolean {
  return isCausedBy(error, (code) => CONNECTION_SQLSTATE.test(code));
}

function isCausedBy(error: unknown, isMeant: (sqlstate: string) => boolean): boolean {
  if (error instanceof AggregateError) return error.errors.every((cause) => isCausedBy(cause, isMeant));
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return isMeant(code) || SYSTEM_ERRORS.has(code) || DRIVER_MESSAGES.test(error.message);
}
