import type { EjectionPolicy } from './policy.js';

/** What in how a backend served requests made it be left out. */
export type EjectionReason = 'consecutive-errors' | 'error-share';

/** What was seen of a backend lately. */
export interface Observed {
  /** Gateway errors since the last request that was served. */
  readonly consecutive: number;
  /** Requests in the window, and failures among them. */
  readonly requests: number;
  readonly failures: number;
}

/** Why a backend has to be left out, or undefined where it need not. */
export function ejectionReason(observed: Observed, policy: EjectionPolicy): EjectionReason | undefined {
  const { consecutive, requests, failures } = observed;
  if (consecutive >= policy.consecutiveErrors) return 'consecutive-errors';
  if (requests >= policy.minimumRequests && failures / requests > policy.errorShare) return 'error-share';
  return undefined;
}

/**
 * Whether one more backend may be ejected where none of the others serves well, so that something serves.
 *
 * @param ejected backends that are ejected already
 * @param size backends that are not down
 */
export function mayEject(ejected: number, size: number, { maxShare }: EjectionPolicy): boolean {
  // As a quotient, which is exact where it matters: 100 * 0.29 is less than 29.
  return (ejected + 1) / size <= maxShare;
}

/**
 * How long the ejection lasts, in ms.
 *
 * @param times ejections in succession, this one included
 */
export function ejectionMs(times: number, { baseMs, maxMs }: EjectionPolicy): number {
  return Math.min(baseMs * times, maxMs);
}

const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;
/** "Not implemented" and "version not supported" are said of the request, as HAProxy takes it in `observe layer7`. */
const ABOUT_THE_REQUEST = new Set([501, 505]);

/** Whether a backend says with this status that it is broken. */
export function isFailure(status: number): boolean {
  return status >= 500 && !ABOUT_THE_REQUEST.has(status);
}

/** Whether it says so as a gateway does. */
export function isGatewayError(status: number): boolean {
  return status >= BAD_GATEWAY && status <= GATEWAY_TIMEOUT;
}

/** A parameter that names an error of the next hop, or the status that came from there. */
const FROM_BEHIND = /[ \t]*(?:received-status=|error=(?!proxy_))/y;

/**
 * Whether the backend says that what is wrong is behind it: it stands before others itself, and hands on what it got, or says what
 * became of asking them. Errors that begin with `proxy_` are its own.
 *
 * @param proxyStatus the last member is the backend's, those before it are of whoever is behind
 * @see https://www.rfc-editor.org/rfc/rfc9209 The Proxy-Status HTTP response header field
 */
export function comesFromBehind(proxyStatus: string): boolean {
  let fromBehind = false;
  let isQuoted = false;
  for (let at = 0; at < proxyStatus.length; at++) {
    const char = proxyStatus[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === '\\' && isQuoted) at++;
    else if (char === ',' && !isQuoted) fromBehind = false;
    else if (char === ';' && !isQuoted && !fromBehind) {
      FROM_BEHIND.lastIndex = at + 1;
      fromBehind = FROM_BEHIND.test(proxyStatus);
    }
  }
  return fromBehind;
}
