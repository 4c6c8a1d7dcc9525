import type { Exchange } from '@balanza/proxy';
import type { EndedRequest } from './thread-messages.js';

/** What is told of a request once it is over. */
export function endedRequest(exchange: Exchange): EndedRequest {
  const { requestId, method, target, status, startedAt, connectedAt, headAt, bytesReceived, bytesSent } =
    exchange;
  return {
    requestId,
    method,
    target,
    status,
    startedAt,
    connectedAt,
    headAt,
    bytesReceived,
    bytesSent,
    backend: exchange.backend?.url,
  };
}
