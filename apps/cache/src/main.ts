import '@balanza/runtime/assert-node-version';
import { main } from '@balanza/runtime';
import { cache } from './app.js';

await main(cache);
