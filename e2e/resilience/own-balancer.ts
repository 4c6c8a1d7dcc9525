import { eventually, freePorts, httpUpstream, isolatedEnvironment, temporaryFolder } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const READY_WITHIN = 30_000;

/** How a backend answers its request with this number, counted from 1. */
export type Answer = (response: ServerResponse, number: number) => void;

/** One backend of a balancer under test, in this process. */
export interface OwnBackend extends AsyncDisposable {
  readonly url: string;
  /** Requests that it has got, those for its health apart. */
  readonly requests: number;
}

/** Starts a backend that answers health checks well, and everything else by `answer`. */
export async function ownBackend(answer: Answer): Promise<OwnBackend> {
  let requests = 0;
  const upstream = await httpUpstream((request, response) => {
    if (request.url?.startsWith('/health') === true) response.end('{}');
    else answer(response, ++requests);
  });
  return {
    url: upstream.url,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: () => upstream.stop(),
  };
}

/** A `load-balancer` process of its own. */
export interface OwnBalancer extends AsyncDisposable {
  readonly origin: string;
}

/** Starts a balancer with `settings` beside its port and `backends`. */
export async function ownBalancer(
  backends: readonly { readonly url: string }[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<OwnBalancer> {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  const balancer = { port, backends: backends.map(({ url }) => ({ url })), ...settings };
  const configFile = folder.write(
    'balanza.json',
    JSON.stringify({ balancers: { 'load-balancer': balancer } }),
  );
  const child = spawn(process.execPath, [join(ROOT, 'apps', 'load-balancer', 'dist', 'main.js')], {
    env: isolatedEnvironment(ROOT, { BALANZA_CONFIG: configFile, ACCESS_LOG: 'false' }),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (!(await fetch(`${origin}/-/health/ready`)).ok) throw new Error(`${origin} is not ready`);
  }, READY_WITHIN);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      folder[Symbol.dispose]();
    },
  };
}
