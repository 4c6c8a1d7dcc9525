import { mintToken } from '@balanza/auth';
import { startApp, type RunningApp } from '@balanza/runtime';
import {
  freePorts,
  httpUpstream,
  temporaryFolder,
  type TemporaryFolder,
  type Upstream,
} from '@balanza/testing';
import type { BalancerName } from '@balanza/topology';
import { balancerApp, type BalancerAppOptions } from '../balancer-app.js';

/** A balancer app that a test has started. */
export interface StartedBalancer extends RunningApp, AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly eventsPort: number;
  readonly folder: TemporaryFolder;
  /** Writes another file in the place of the one that it was started with. */
  rewrite(settings: object): void;
}

/** A backend as a file has it. */
export interface BackendInFile {
  readonly url: string;
  readonly weight?: number;
}

export interface StartOptions {
  readonly options?: BalancerAppOptions;
  readonly environment?: Readonly<Record<string, string>>;
  /** Members of the balancer in its file. */
  readonly settings?: object;
}

/** A balancer app on a free port in front of `backends`, configured by a file as a user would. */
export async function startBalancer(
  name: BalancerName,
  backends: readonly BackendInFile[],
  { options = { internal: false }, environment = {}, settings = {} }: StartOptions = {},
): Promise<StartedBalancer> {
  const [port = 0, eventsPort = 0] = await freePorts(2);
  const folder = temporaryFolder();
  const events = name === 'lb-workers' ? { eventsPort } : {};
  const list = backends.map(({ url, weight = 1 }) => ({ url, weight }));
  const write = (members: object) =>
    folder.write(
      'balanza.json',
      JSON.stringify({ balancers: { [name]: { port, backends: list, ...events, ...members } } }),
    );
  const path = write(settings);
  const app = await startApp(balancerApp(name, options), {
    BALANZA_CONFIG: path,
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    ...environment,
  }).catch((error: unknown) => {
    folder[Symbol.dispose]();
    throw error;
  });
  return {
    ...app,
    url: `http://127.0.0.1:${port}`,
    port,
    eventsPort,
    folder,
    rewrite: write,
    [Symbol.asyncDispose]: async () => {
      await app.stop();
      folder[Symbol.dispose]();
    },
  };
}

/** A backend that answers with its name. */
export function namedBackend(name: string): Promise<Upstream> {
  return httpUpstream((_request, response) => response.end(name));
}

/** Asks the control API of a balancer; with a token that may, unless told otherwise. */
export async function control(
  balancer: Pick<StartedBalancer, 'url'>,
  method: string,
  path: string,
  { body, token, headers = {} }: ControlRequest = {},
): Promise<{ status: number; body: unknown }> {
  const authorization =
    token ??
    (await mintToken({ secret: 'secret', subject: 'operator', claims: { scope: 'balancer:admin' } }));
  const answer = await fetch(`${balancer.url}/-/api${path}`, {
    method,
    headers: {
      authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

export interface ControlRequest {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of the answer with a balancer's backends: each with its weight and mode. */
export function modesOf(body: unknown) {
  const { backends } = body as { backends: { url: string; weight: number; mode: string }[] };
  return backends.map(({ url, weight, mode }) => [url, weight, mode]);
}
