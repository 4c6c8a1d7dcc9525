import '@balanza/runtime/assert-node-version';
import { main } from '@balanza/runtime';
import { database } from './app.js';

await main(database);
