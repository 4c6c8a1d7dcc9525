import { z } from 'zod';

const backend = z.looseObject({ url: z.url() });

/** `GET /status` of the main balancer (8000). */
export const gatewaysStatus = z.object({ gateways: z.array(backend) });
/** `GET /status` of the microservice balancer (8001). */
export const microservicesStatus = z.object({
  microservices: z.array(backend.extend({ weight: z.number(), current: z.number() })),
});
/** `GET /status` of the worker balancer (8002). */
export const workersStatus = z.object({
  workers: z.array(backend.extend({ active_connections: z.int().min(0) })),
});
