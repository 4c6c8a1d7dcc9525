export * from './balancer-status.js';
export * from './cache.js';
export * from './data.js';
export * from './error.js';
export * from './instance.js';
export { jsonValue } from './json.js';
export * from './load-report.js';
export * from './process.js';
export * from './task.js';
