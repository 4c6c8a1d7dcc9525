import { createServer } from 'node:net';
import { holderOf } from './port-holder.mjs';

/**
 * A port that the stack needs, and what for.
 *
 * @typedef {{ readonly port: number; readonly host: string; readonly role: string }} NeededPort
 */

/**
 * What keeps the stack from listening, one sentence per port, and what ends it; empty when nothing does.
 *
 * @param {readonly NeededPort[]} needed
 * @param {string} root the folder of this checkout
 * @param {(port: number, holder: import('./port-holder.mjs').PortHolder | undefined) => boolean} mayHold
 * @returns {Promise<string[]>}
 */
export async function portConflicts(needed, root, mayHold) {
  /** @type {Map<number, string>} */
  const roles = new Map();
  /** @type {string[]} */
  const conflicts = [];
  /** @type {Set<string>} */
  const workspaces = new Set();
  for (const { port, host, role } of needed) {
    const other = roles.get(port);
    roles.set(port, role);
    if (other !== undefined) {
      conflicts.push(`Port ${port} is given to both ${other} and ${role}; BALANZA_CONFIG sets the ports.`);
    } else if (!(await isFree(host, port))) {
      const holder = await holderOf(port);
      if (mayHold(port, holder)) continue;
      conflicts.push(`Port ${port} (${role}) is held by ${describe(holder)}.`);
      if (holder?.workspace !== undefined) workspaces.add(holder.workspace);
    }
  }
  const ways = [...workspaces].map((folder) =>
    folder === root
      ? 'This workspace runs already; npm run stop ends what it runs.'
      : `Another Balanza runs in ${folder}; npm run stop in that folder ends it.`,
  );
  return [...conflicts, ...ways];
}

/**
 * Whether a server could listen there now. An address that is not this machine's is left for the app to report.
 *
 * @param {string} host
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(host, port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code !== 'EADDRINUSE'));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** @param {import('./port-holder.mjs').PortHolder | undefined} holder */
function describe(holder) {
  return holder === undefined
    ? 'a process that this user may not see'
    : `process ${holder.pid}: ${holder.command}`;
}
