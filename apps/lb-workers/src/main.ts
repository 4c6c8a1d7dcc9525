import '@balanza/runtime/assert-node-version';
import '@balanza/runtime/heed-signals';
import { main } from '@balanza/runtime';
import { lbWorkers } from './app.js';

await main(lbWorkers);
