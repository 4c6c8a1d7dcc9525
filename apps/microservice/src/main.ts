import '@balanza/runtime/assert-node-version';
import { main } from '@balanza/runtime';
import { microservice } from './app.js';

await main(microservice);
