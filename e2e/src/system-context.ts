import type { Topology } from '@balanza/topology';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where everything of the system under test is. */
    topology: Topology;
    /** The secret that its gateways check tokens with. */
    jwtSecret: string;
    /** Seconds that its gateways keep data in the cache. */
    dataTtl: number;
    /** Where its launcher keeps records; null when it was not started by these tests. */
    runDirectory: string | null;
  }
}
