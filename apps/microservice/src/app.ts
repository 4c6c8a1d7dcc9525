import type { AppDefinition } from '@balanza/runtime';
import { AppModule } from './app.module.js';
import { microserviceConfig } from './config.js';

/** Seconds of work of a microservice that neither the topology nor `PROCESSING_TIME` speaks of. */
const DEFAULT_PROCESSING_TIME = 1;

/** The app behind the weighted balancer. */
export const microservice: AppDefinition<typeof microserviceConfig> = {
  name: 'microservice',
  config: microserviceConfig,
  internal: true,
  create({ topology, port }, config) {
    const replica = topology.services.microservice.find((candidate) => candidate.port === port);
    return {
      module: AppModule.forRoot(config.PROCESSING_TIME ?? replica?.processingTime ?? DEFAULT_PROCESSING_TIME),
    };
  },
};
