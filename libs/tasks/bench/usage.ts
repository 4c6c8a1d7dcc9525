import { connectionSettings } from '@balanza/postgres';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** Ticks of a second in /proc, which every Linux that Node runs on has. */
const TICKS_PER_SECOND = 100;

/** What has been used up to now. */
export interface Usage {
  /** Of this process, and of the one that it asks, in seconds. */
  readonly clientCpu: number;
  /** Of PostgreSQL, all of its processes, in seconds. */
  readonly serverCpu: number;
  /** Bytes of write-ahead log. */
  readonly wal: number;
}

/** Reads what has been used, of a server whose postmaster is `postmaster`. @param asked another process at work */
export async function readUsage(url: string, postmaster: number, asked?: number): Promise<Usage> {
  const { user, system } = process.cpuUsage();
  const client = new pg.Client(connectionSettings(url));
  await client.connect();
  const { rows } = await client.query<{ wal: string }>("SELECT pg_current_wal_insert_lsn() - '0/0' AS wal");
  await client.end();
  const [, ofAsked = 0] = asked === undefined ? [] : read(String(asked));
  return {
    clientCpu: (user + system) / 1e6 + ofAsked / TICKS_PER_SECOND,
    serverCpu: cpuOf(postmaster),
    wal: Number(rows[0]?.wal ?? 0),
  };
}

/** The postmaster has waited for those that have ended, and the others are its children. */
function cpuOf(postmaster: number): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [parent, own, waitedFor] = read(pid);
    if (Number(pid) === postmaster) ticks += own + waitedFor;
    else if (parent === postmaster) ticks += own;
  }
  return ticks / TICKS_PER_SECOND;
}

/** proc(5): after the name in brackets come state, ppid, …; utime, stime, cutime and cstime are the fields 14 to 17. */
function read(pid: string): [parent: number, own: number, waitedFor: number] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
    const at = (field: number) => fields[field - 3] ?? 0;
    return [at(4), at(14) + at(15), at(16) + at(17)];
  } catch {
    return [0, 0, 0];
  }
}
