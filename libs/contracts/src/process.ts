import { z } from 'zod';
import { instanceId } from './instance.js';
import { jsonObject } from './json.js';

/** `GET /process` of a microservice. */
export const processAnswer = jsonObject({
  message: z.literal('Business logic executed', 'must be "Business logic executed"'),
  instance: instanceId,
  processing_time: z.number('must be a number of seconds').describe('Seconds the microservice worked on it'),
});
export type ProcessAnswer = z.infer<typeof processAnswer>;

/** `GET /process` of a gateway. */
export const gatewayProcessAnswer = processAnswer.extend({ api_gateway_instance: instanceId });
export type GatewayProcessAnswer = z.infer<typeof gatewayProcessAnswer>;
