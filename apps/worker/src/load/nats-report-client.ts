import type { EventsAddress } from '@balanza/contracts';
import { ClientNats } from '@nestjs/microservices';
import type { ReportClient } from './report-client.provider.js';

/** How long connecting may take, and how long to wait until the next attempt, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_WAIT_MS = 500;

/** Speaks to all balancers by way of a NATS server, which may be away. */
export function natsReportClient({ url, credentials }: EventsAddress): ReportClient {
  return new ClientNats({
    servers: url,
    ...credentials,
    name: 'balanza-worker',
    timeout: CONNECT_TIMEOUT_MS,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    maxReconnectAttempts: -1,
  });
}
