import { availableParallelism, cpus, loadavg, release, totalmem, type as systemName } from 'node:os';
import { CONTESTANTS } from '../contestants/contestants.ts';
import { nginxProgram } from '../contestants/nginx-command.ts';
import { wrkProgram } from '../load/wrk.ts';
import { canPin } from '../processes/cores.ts';

/** Load per core above which somebody else is at work. */
const QUIET_LOAD = 0.3;

/** Where and with what the figures came about. */
export interface Machine {
  readonly facts: readonly string[];
  /** What makes the figures less sure; empty on a machine as it should be. */
  readonly warnings: readonly string[];
}

/** Looks at this machine, before the benchmark loads it. */
export function describeMachine(): Machine {
  const cores = availableParallelism();
  const [load = 0] = loadavg();
  const warnings: string[] = [];
  if (!canPin)
    warnings.push('Processes were not kept on cores of their own: that takes `taskset` and two cores.');
  if (load / cores > QUIET_LOAD)
    warnings.push(`The machine was busy with other work (load ${load.toFixed(1)}).`);
  if (nginxProgram === undefined)
    warnings.push('nginx is not installed: the backend was a `node:http` server.');
  return {
    facts: [
      `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cores} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      `${systemName()} ${release()}, Node ${process.versions.node}`,
      CONTESTANTS.map(({ title, version }) => `${title} ${version ?? 'not installed'}`).join(', '),
      `wrk ${wrkProgram?.version ?? 'not installed'}`,
    ],
    warnings,
  };
}
