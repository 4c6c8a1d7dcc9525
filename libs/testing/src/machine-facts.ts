import { availableParallelism, cpus, loadavg, release, totalmem, type as systemName } from 'node:os';

/** Load per core above which somebody else is at work. */
const QUIET_LOAD = 0.3;

/** Where a benchmark's figures came about, a line each: the hardware, the system and Node. */
export function machineFacts(): string[] {
  return [
    `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${systemName()} ${release()}, Node ${process.versions.node}`,
  ];
}

/** Says so when this machine has other work to do; to be asked before a benchmark loads it. */
export function busyWarning(): string | undefined {
  const [load = 0] = loadavg();
  if (load / availableParallelism() <= QUIET_LOAD) return undefined;
  return `The machine was busy with other work (load ${load.toFixed(1)}).`;
}
