export { startApp } from './application.js';
export type { AppDefinition, AppParts, RunningApp } from './application.js';
export * as fields from './config/fields.js';
export { runtimeConfig } from './config/runtime-config.js';
export { assertStrongSecret } from './config/secrets.js';
export type { RuntimeConfig } from './config/runtime-config.js';
export * from './errors.js';
export { eventFrames, EventTooLargeError } from './event-streams/event-frames.js';
export { EVENT_STREAMS_DEFAULTS, EventStreams } from './event-streams/event-streams.js';
export type { EventStreamsOptions, Opened } from './event-streams/event-streams.js';
export { sendEvents } from './event-streams/send-events.js';
export type { StreamEvent } from './event-streams/stream-event.js';
export { Readiness } from './health/readiness.js';
export type { ReadinessCheck } from './health/readiness.js';
export { ClientSignal } from './http/client-signal.js';
export type { Logger } from './logging/logger.js';
export { OutageLog } from './logging/outage-log.js';
export { LOGGER } from './logging/tokens.js';
export type { Heartbeat } from './heartbeat.js';
export type { EndOrder } from './termination.js';
export { main } from './main.js';
export { showPools } from './metrics/pool-gauges.js';
export type { PoolReading } from './metrics/pool-gauges.js';
export { Metrics } from './metrics/metrics.js';
export { APP_CONFIG, PROCESS_CONTEXT } from './process-context.js';
export type { ProcessContext } from './process-context.js';
export { isServiceToken } from './service-auth.js';
export { ServiceClient } from './service-client/service-client.js';
export type {
  ServiceClientOptions,
  ServiceRequest,
  ServiceResponse,
} from './service-client/service-client.js';
