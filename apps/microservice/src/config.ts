import { fields } from '@balanza/runtime';
import { z } from 'zod';

/** Environment variables of a microservice. */
export const microserviceConfig = z.object({
  PROCESSING_TIME: fields.seconds({ max: 3600 }).optional(),
});
