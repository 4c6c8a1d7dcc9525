export { EmbeddedServer } from './embedded-server.js';
export type { EmbeddedServerOptions } from './embedded-server.js';
export { DatabaseUnavailableError, EmbeddedServerError, PoolBusyError } from './errors.js';
export { findPostmaster } from './postmaster.js';
export type { Postmaster } from './postmaster.js';
export { DatabasePool } from './pool.js';
export type { DatabasePoolOptions } from './pool.js';
export { embeddedDatabaseUrl } from './url.js';
