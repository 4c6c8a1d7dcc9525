import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What travels with one request through every await. */
export interface RequestContext {
  readonly requestId: string;
  /** The fields of the trace that the request belongs to, as they came; empty where none came. */
  readonly trace: TraceFields;
}

/** `traceparent` and `tracestate`, in lower case as header objects have them. */
export type TraceFields = Readonly<Record<string, string>>;

/** The request being answered, if any. */
export const requestContext = new AsyncLocalStorage<RequestContext>();

const ACCEPTABLE = /^[\w.:@/+=-]{1,128}$/;

/** The id a client or an earlier hop gave the request, when it is safe to log and pass on; otherwise a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUUID();
}

const TRACE_FIELDS = ['traceparent', 'tracestate'] as const;

/**
 * The fields that a process which records nothing hands on unchanged, valid or not: a flag of its own making would decide for
 * every process behind it whether the trace is sampled.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export function traceFieldsOf(headers: IncomingHttpHeaders): TraceFields {
  const fields: Record<string, string> = {};
  for (const name of TRACE_FIELDS) {
    const value = headers[name];
    if (typeof value === 'string') fields[name] = value;
  }
  return fields;
}
