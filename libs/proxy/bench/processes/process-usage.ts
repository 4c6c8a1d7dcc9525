import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants have used. */
export interface ProcessUsage {
  /** Since the start, of user and system together, in microseconds. */
  readonly cpuMicros: number;
  /** Resident now. Pages that processes share are counted in each. */
  readonly residentBytes: number;
}

const hasProc = process.platform === 'linux';
const ticksPerSecond = hasProc ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;

interface Entry {
  readonly parent: number;
  readonly cpuTicks: number;
}

/** Reads what `pid` and its descendants have used; `undefined` where there is no `/proc` to read it from. */
export function usageOf(pid: number): ProcessUsage | undefined {
  if (!hasProc) return undefined;
  let cpuTicks = 0;
  let residentBytes = 0;
  for (const [member, entry] of familyOf(pid)) {
    cpuTicks += entry.cpuTicks;
    residentBytes += residentBytesOf(member);
  }
  return { cpuMicros: (cpuTicks / ticksPerSecond) * 1e6, residentBytes };
}

/** `pid` and its descendants, such as the workers of nginx. */
function familyOf(pid: number): Map<number, Entry> {
  const all = new Map<number, Entry>();
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? readEntry(Number(name)) : undefined;
    if (entry !== undefined) all.set(Number(name), entry);
  }
  const family = new Map<number, Entry>();
  const add = (member: number, entry: Entry) => {
    family.set(member, entry);
    for (const [child, candidate] of all) if (candidate.parent === member) add(child, candidate);
  };
  const root = all.get(pid);
  if (root !== undefined) add(pid, root);
  return family;
}

/** proc_pid_stat(5); `undefined` when the process ended meanwhile. */
function readEntry(pid: number): Entry | undefined {
  const line = read(`/proc/${pid}/stat`);
  // The second field, the name, may hold spaces and parentheses; the third comes after the last parenthesis.
  const [, parent, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = rest.slice(9);
  if (parent === undefined || userTicks === undefined || systemTicks === undefined) return undefined;
  return { parent: Number(parent), cpuTicks: Number(userTicks) + Number(systemTicks) };
}

function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
