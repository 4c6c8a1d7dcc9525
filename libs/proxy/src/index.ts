export { DataPlane, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_IN_FLIGHT } from './connection/data-plane.js';
export type { DataPlaneOptions } from './connection/data-plane.js';
export type { Exchange } from './connection/exchange.js';
export { FIELD } from './message/field-names.js';
export { DEFAULT_LIMITS } from './message/message-error.js';
export type { MessageLimits } from './message/message-error.js';
export { ProxiedBackend } from './proxied-backend.js';
export { DEFAULT_TIMEOUTS } from './timeouts.js';
export type { Timeouts } from './timeouts.js';
