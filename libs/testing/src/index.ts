export { eventually } from './eventually.js';
export { freePorts } from './free-ports.js';
export { rawExchange } from './raw-exchange.js';
export { httpUpstream, rawUpstream } from './upstream.js';
export type { Upstream } from './upstream.js';
