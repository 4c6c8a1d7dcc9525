import { z } from 'zod';

const port = z
  .int('must be a whole number')
  .min(1, 'must be a port, 1 to 65535')
  .max(65_535, 'must be a port, 1 to 65535');

/** How a balancer orders its backends. */
export const strategyName = z.enum(['round-robin', 'weighted-round-robin', 'least-connections']);
export type StrategyName = z.infer<typeof strategyName>;

/** `proxy` relays; `redirect` answers 307 with the backend's address. */
export const balancerMode = z.enum(['proxy', 'redirect']);
export type BalancerMode = z.infer<typeof balancerMode>;

const backendUrl = z
  .url({ protocol: /^http$/, error: 'must be an http:// URL, such as http://127.0.0.1:5000' })
  .refine(isOrigin, {
    message: 'must name only scheme, host and port, such as http://127.0.0.1:5000',
  })
  .transform((url) => new URL(url).origin);

function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { pathname, search, hash, username, password } = new URL(url);
  return pathname === '/' && search + hash + username + password === '';
}

const backend = z.strictObject({
  url: backendUrl,
  weight: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(1000, 'must be at most 1000')
    .default(1),
});
export type BackendConfig = z.infer<typeof backend>;

const balancer = z.strictObject({
  port: port.optional(),
  strategy: strategyName.optional(),
  mode: balancerMode.optional(),
  eventsPort: port.optional(),
  backends: z
    .array(backend)
    .min(1, 'must name at least one backend')
    .refine((list) => new Set(list.map(({ url }) => url)).size === list.length, {
      message: 'must not name the same URL twice',
    })
    .optional(),
});
export type BalancerFile = z.infer<typeof balancer>;

const replica = z.strictObject({ port });
const replicas = <T extends z.ZodType>(item: T) => z.array(item).min(1, 'must name at least one replica');

/** What a file named by `BALANZA_CONFIG` may hold. Everything is optional: it replaces what it names. */
export const topologyFile = z.strictObject({
  host: z.string().min(1).optional(),
  apps: z
    .strictObject({
      'api-gateway': replicas(replica).optional(),
      microservice: replicas(
        replica.extend({
          weight: z.int().min(1).max(1000).optional(),
          processingTime: z.number().min(0).max(3600).optional(),
        }),
      ).optional(),
      worker: replicas(replica).optional(),
      cache: replicas(replica).max(1, 'there is one cache').optional(),
      database: replicas(replica).max(1, 'there is one database service').optional(),
    })
    .optional(),
  postgres: z.strictObject({ port: port.optional(), dataDirectory: z.string().min(1).optional() }).optional(),
  balancers: z
    .strictObject({
      'load-balancer': balancer.omit({ eventsPort: true }).optional(),
      'lb-microservices': balancer.omit({ eventsPort: true }).optional(),
      'lb-workers': balancer.optional(),
    })
    .optional(),
});
export type TopologyFile = z.infer<typeof topologyFile>;
