import { TopologyError } from '@balanza/topology';
import { ConfigError } from './errors.js';

/** Why an app could not start, and what to do about it; with a stack where it is a mistake in the program. */
export function explainStartFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof TopologyError) return error.message;
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    // PORT moves the app itself, but not what it listens on beside that, such as the port for load reports.
    return `port ${port} of ${address} is taken; stop what holds it, set PORT, or name another in the file of BALANZA_CONFIG`;
  }
  if (code === 'EACCES') return `port ${port} needs more rights than this user has; set PORT above 1023`;
  if (code === 'ENOTFOUND')
    return `HOST=${(error as { hostname?: string }).hostname}: must be an address of this machine, such as 127.0.0.1`;
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine; set HOST`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
