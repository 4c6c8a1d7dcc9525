export { TaskHandler } from './task-handler.decorator.js';
export type { TaskHandlerOptions, TaskHandlerProvider } from './task-handler.decorator.js';
export { TaskHandlerExplorer } from './task-handler-explorer.service.js';
