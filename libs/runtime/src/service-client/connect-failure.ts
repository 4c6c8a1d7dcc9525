/** System calls by which a connection comes about; what fails in them fails before anything is sent. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** Whether no connection came about, so that nothing was sent and nobody can have acted on the request. */
export function isConnectFailure(error: unknown): boolean {
  // A name with several addresses fails with one error for each (RFC 8305).
  if (error instanceof AggregateError) return error.errors.every(isConnectFailure);
  if (!(error instanceof Error)) return false;
  const { syscall = '', code }: NodeJS.ErrnoException = error;
  return CONNECTING.has(syscall) || code === 'UND_ERR_CONNECT_TIMEOUT';
}
