import { busyWarning, machineFacts } from '@balanza/testing';
import { CONTESTANTS } from '../contestants/contestants.ts';
import { nginxProgram } from '../contestants/nginx-command.ts';
import { wrkProgram } from '../load/wrk.ts';
import { canPin } from '../processes/cores.ts';

/** Where and with what the figures came about. */
export interface Machine {
  readonly facts: readonly string[];
  /** What makes the figures less sure; empty on a machine as it should be. */
  readonly warnings: readonly string[];
}

/** Looks at this machine, before the benchmark loads it. */
export function describeMachine(): Machine {
  const busy = busyWarning();
  const warnings: string[] = [];
  if (!canPin)
    warnings.push('Processes were not kept on cores of their own: that takes `taskset` and two cores.');
  if (busy !== undefined) warnings.push(busy);
  if (nginxProgram === undefined)
    warnings.push('nginx is not installed: the backend was a `node:http` server.');
  return {
    facts: [
      ...machineFacts(),
      CONTESTANTS.map(({ title, version }) => `${title} ${version ?? 'not installed'}`).join(', '),
      `wrk ${wrkProgram?.version ?? 'not installed'}`,
    ],
    warnings,
  };
}
