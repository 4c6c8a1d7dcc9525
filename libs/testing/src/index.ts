export { eventually } from './eventually.js';
export { freePorts } from './free-ports.js';
export { isolatedEnvironment } from './isolated-environment.js';
export { rawExchange } from './raw-exchange.js';
export { temporaryFolder } from './temporary-folder.js';
export type { TemporaryFolder } from './temporary-folder.js';
export { httpUpstream, rawUpstream } from './upstream.js';
export type { Upstream } from './upstream.js';
