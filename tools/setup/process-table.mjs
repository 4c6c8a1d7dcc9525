import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** How long a program that lists processes may take, in ms; PowerShell takes a second or two to start. */
const PATIENCE_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * The arguments that running processes were called with; one that does not run, or has ended and only waits for its parent, is left
 * out.
 *
 * @param {readonly number[]} pids
 * @returns {Promise<ReadonlyMap<number, readonly string[]>>}
 */
export async function commandLinesOf(pids) {
  if (pids.length === 0) return new Map();
  if (process.platform === 'linux') return fromProc(pids);
  const { file, args } = listing(process.platform, pids);
  const options = { timeout: PATIENCE_MS, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true };
  // ps ends with 1 when one of the processes is not there.
  const { stdout } = await promisify(execFile)(file, args, options).catch((error) => ({
    stdout: String(error.stdout ?? ''),
  }));
  return readListing(process.platform, stdout);
}

/**
 * The arguments of one process; `undefined` when it does not run.
 *
 * @param {number} pid
 */
export async function commandLineOf(pid) {
  return (await commandLinesOf([pid])).get(pid);
}

/**
 * The command line of a running process, its arguments separated by one space; `undefined` when there is none.
 *
 * @param {number} pid
 */
export async function commandOf(pid) {
  return (await commandLineOf(pid))?.join(' ').trim();
}

/**
 * Whether a process with this id exists.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * The package that knows what listens on a port where there is no `/proc`; absent before the first install.
 */
export async function findProcess() {
  try {
    return (await import('find-process')).default;
  } catch {
    return undefined;
  }
}

/**
 * What lists processes with their command lines where there is no `/proc`: programs that every macOS and every Windows has.
 *
 * @param {NodeJS.Platform} platform
 * @param {readonly number[]} pids
 */
export function listing(platform, pids) {
  if (platform !== 'win32') {
    return { file: 'ps', args: ['-ww', '-o', 'pid=,stat=,args=', '-p', pids.join(',')] };
  }
  const wanted = pids.map((pid) => `ProcessId=${pid}`).join(' OR ');
  const query =
    '[Console]::OutputEncoding = [Text.Encoding]::UTF8; ' +
    `Get-CimInstance Win32_Process -Filter '${wanted}' | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }`;
  return { file: 'powershell.exe', args: ['-NoProfile', '-NonInteractive', '-Command', query] };
}

/**
 * Reads the output of {@link listing}.
 *
 * @param {NodeJS.Platform} platform
 * @param {string} output
 * @returns {ReadonlyMap<number, readonly string[]>}
 */
export function readListing(platform, output) {
  const line =
    platform === 'win32'
      ? /^(?<pid>\d+) (?<command>\S.*)$/
      : /^\s*(?<pid>\d+)\s+[^Z\s]\S*\s+(?<command>\S.*)$/;
  const entries = output.split(/\r?\n/).flatMap((text) => {
    const { pid, command } = line.exec(text)?.groups ?? {};
    if (pid === undefined || command === undefined) return [];
    return [/** @type {const} */ ([Number(pid), platform === 'win32' ? words(command) : command.split(' ')])];
  });
  return new Map(entries);
}

/**
 * The arguments in a command line of Windows, where those with spaces are in quotes.
 *
 * @param {string} command
 */
function words(command) {
  return (command.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

/** @param {readonly number[]} pids */
async function fromProc(pids) {
  const entries = await Promise.all(
    pids.map(async (pid) => {
      // Not by `ps`: the slim images of Debian have none.
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return /** @type {const} */ ([pid, line.replace(/\0$/, '').split('\0')]);
    }),
  );
  return new Map(entries.filter(([, [executable]]) => executable !== ''));
}
