/** Where a proxy that is a Node process stands, as its command line says. */
export interface NodePlace {
  readonly port: number;
  readonly backend: string;
  readonly threads: number;
}

/** Reads the arguments that `nodeContestant` gives. */
export function placeArguments(): NodePlace {
  const [port, backend, threads] = process.argv.slice(2);
  if (port === undefined || backend === undefined) {
    throw new Error('usage: node <contestant> <port> <url of the backend> [threads]');
  }
  return { port: Number(port), backend, threads: Number(threads ?? 1) };
}
