import { readFileSync } from 'node:fs';

/** What a process has open beside connections: its libraries, log, checks, load reports and own routes; and each of its threads. */
const OPEN_IN_PROCESS = 32;
const OPEN_IN_THREAD = 12;
/** Listening sockets take one in so many of the files that may be open, at most. */
const LISTENING_SHARE = 8;
/** More listening sockets than this are of no use to a thread. */
const MAX_SOCKETS = 128;

/** How many files this process may have open at a time, sockets included; Infinity where the system does not say. */
export function openFileLimit(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return limit === undefined ? Infinity : Number(limit);
  } catch {
    return Infinity;
  }
}

/** What a thread may take of the files that its process may open. */
export interface OpenFileShares {
  /** Listening sockets of each thread. */
  readonly sockets: number;
  /** Clients' connections of all threads. Each has a backend's beside it: who is accepted without is only told that nobody is there. */
  readonly connections: number;
}

/** Shares out `limit` files that a process with so many `threads` may open. */
export function shareOpenFiles(limit: number, threads: number): OpenFileShares {
  const share = Math.floor(limit / LISTENING_SHARE / threads);
  const sockets = Math.max(1, Math.min(MAX_SOCKETS, share));
  const taken = OPEN_IN_PROCESS + threads * (OPEN_IN_THREAD + sockets);
  return { sockets, connections: Math.max(1, Math.floor((limit - taken) / 2)) };
}
