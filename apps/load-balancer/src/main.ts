import '@balanza/runtime/assert-node-version';
import '@balanza/runtime/heed-signals';
import { main } from '@balanza/runtime';
import { loadBalancer } from './app.js';

await main(loadBalancer);
