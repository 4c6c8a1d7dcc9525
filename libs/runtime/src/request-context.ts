import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What travels with one request through every await. */
export interface RequestContext {
  readonly requestId: string;
}

/** The request being answered, if any. */
export const requestContext = new AsyncLocalStorage<RequestContext>();

const ACCEPTABLE = /^[\w.:@/+=-]{1,128}$/;

/** The id a client or an earlier hop gave the request, when it is safe to log and pass on; otherwise a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUUID();
}
