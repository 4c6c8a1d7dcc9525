import { mintToken } from '@balanza/auth';
import { workersStatus } from '@balanza/contracts';
import { BALANCED_APP, portsOf, urlOf, type AppName } from '@balanza/topology';
import { inject } from 'vitest';
import './system-context.js';

/** Where everything of the system under test is. */
export const topology = inject('topology');

/** The URL of the first, or the n-th, process of an app. */
export function url(app: AppName, replica = 0): string {
  return urlOf(topology.host, portsOf(topology, app)[replica] ?? 0);
}

/** The URLs of all processes of an app. */
export function urls(app: AppName): string[] {
  return portsOf(topology, app).map((port) => urlOf(topology.host, port));
}

/** Everything that balances, with what is behind it. */
export const BALANCERS = Object.entries(BALANCED_APP) as [keyof typeof BALANCED_APP, AppName][];

/** A token that its gateways take. */
export const token: string = await mintToken({
  secret: inject('jwtSecret'),
  subject: 'e2e',
  expiresIn: '1h',
});
/** Headers that show the token. */
export const bearer = { authorization: `Bearer ${token}` };
/** Headers of a JSON body. */
export const json = { 'content-type': 'application/json' };

/** One answer, with everything of it that the contract speaks of. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** Sends a request and reads the answer; a redirect is an answer. */
export async function ask(target: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(target, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

/** `GET` of a gateway's route through the main balancer, with a valid token. */
export function get(path: string): Promise<Answer> {
  return ask(url('load-balancer') + path, { headers: bearer });
}

/** `POST /longtask` through the main balancer, with a valid token. */
export function postTask(payload: unknown): Promise<Answer> {
  return ask(`${url('load-balancer')}/longtask`, {
    method: 'POST',
    headers: { ...bearer, ...json },
    body: JSON.stringify(payload),
  });
}

/** What `/status` of the worker balancer counts, in the order of the workers. */
export async function activeConnections(): Promise<number[]> {
  const { body } = await ask(`${url('lb-workers')}/status`);
  return workersStatus.parse(body).workers.map((worker) => worker.active_connections);
}
