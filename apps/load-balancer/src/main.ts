import '@balanza/runtime/assert-node-version';
import { main } from '@balanza/runtime';
import { loadBalancer } from './app.js';

await main(loadBalancer);
