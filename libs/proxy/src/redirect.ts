import type { Strategy } from '@balanza/balancing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProxiedBackend } from './proxied-backend.js';
import { answerError, badGateway, badRequest } from './proxy-answer.js';
import { originForm } from './request-target.js';

/** Sends the client to a backend with 307 (RFC 9110 §15.4.8): same method, same body, same choice of backend. */
export function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  { strategy, backends }: { strategy: Strategy<ProxiedBackend>; backends: readonly ProxiedBackend[] },
  requestId: string,
): void {
  const path = originForm(request);
  if (path === undefined) return answerError(request, response, badRequest(), requestId);
  for (const backend of strategy.candidates(backends)) {
    backend.lease().release();
    response.writeHead(307, { location: backend.url + path, 'content-length': 0, 'x-request-id': requestId });
    response.end();
    return;
  }
  answerError(request, response, badGateway(), requestId);
}
