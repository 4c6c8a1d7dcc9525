/** The embedded server cannot run; the message says why and what to do about it. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
}

/** The database cannot be reached, or broke off, or is too slow now. Whether a statement took effect is not known. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  /** When to try again. */
  readonly retryAfterSeconds = 1;
  /** It is not this process that is broken. */
  readonly comesFromBehind = true;

  constructor(cause: unknown) {
    super('The database cannot be reached now; try again', { cause });
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

/**
 * SQLSTATE classes and codes (PostgreSQL, appendix A) of a server that cannot serve now but may later: connection
 * exceptions, too many connections, cancelled by a timeout, shutting down, crashed, starting up.
 */
const TRANSIENT_SQLSTATE = /^(08...|53300|57014|57P0[1235])$/;

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
  return CONFLICT_SQLSTATE.test((error as { code?: string } | null)?.code ?? '');
}

/** Whether `error`, as thrown by `pg`, says that the database is away rather than that the statement is wrong. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isConnectionError);
  if (!(error instanceof Error)) return false;
  const { code = '' }: NodeJS.ErrnoException = error;
  return TRANSIENT_SQLSTATE.test(code) || SYSTEM_ERRORS.has(code) || DRIVER_MESSAGES.test(error.message);
}
