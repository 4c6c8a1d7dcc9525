import '@balanza/runtime/assert-node-version';
import '@balanza/runtime/heed-signals';
import { main } from '@balanza/runtime';
import { cache } from './app.js';

await main(cache);
