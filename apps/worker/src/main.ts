import '@balanza/runtime/assert-node-version';
import '@balanza/runtime/heed-signals';
import { main } from '@balanza/runtime';
import { worker } from './app.js';
import { leaveTasks, nameCulprit } from './last-words.js';

process.on('exit', nameCulprit);
await main(worker, leaveTasks);
