import '@balanza/runtime/assert-node-version';
import '@balanza/runtime/heed-signals';
import { main } from '@balanza/runtime';
import { lbMicroservices } from './app.js';

await main(lbMicroservices);
