/**
 * Imported for what it does, by each app's `main.ts` before all that takes long to load: a signal to end that comes while
 * the app loads or starts is kept until it can end in order.
 */
import { listenForTermination } from './termination.js';

listenForTermination();
