import { MAX_BACKENDS } from '@balanza/proxy/policy';
import { z } from 'zod';
import { port, text } from './fields.js';
import { knownMembers } from './known-members.js';
import { originUrl } from './origin-url.js';
import { resilienceGroups } from './resilience.js';
import { strategyInFile } from './strategy.js';

/** `proxy` relays; `redirect` answers 307 with the backend's address. */
export const balancerMode = z.enum(['proxy', 'redirect'], 'must be proxy or redirect');
export type BalancerMode = z.infer<typeof balancerMode>;

/** Share of requests relative to its siblings. */
export const weight = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(1000, 'must be at most 1000');

/** Whether a backend is given requests: `drain` lets those in flight finish, `maintenance` also stops its checks. */
export const backendMode = z.enum(['ready', 'drain', 'maintenance'], 'must be ready, drain or maintenance');
export type BackendMode = z.infer<typeof backendMode>;

const backend = knownMembers({
  url: originUrl(['http']),
  weight: weight.default(1),
  mode: backendMode.optional(),
});
export type BackendConfig = z.infer<typeof backend>;

const balancer = knownMembers({
  port: port().optional(),
  strategy: strategyInFile.optional(),
  mode: balancerMode.optional(),
  threads: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(64, 'must be at most 64')
    .optional(),
  eventsPort: port().optional(),
  backends: z
    .array(backend, 'must be a list')
    .min(1, 'must name at least one backend')
    .max(MAX_BACKENDS, `must name at most ${MAX_BACKENDS} backends`)
    .refine((list) => new Set(list.map(({ url }) => url)).size === list.length, {
      message: 'must not name the same URL twice',
    })
    .optional(),
  ...resilienceGroups,
});
export type BalancerFile = z.infer<typeof balancer>;

const processingTime = z
  .number('must be a number of seconds')
  .min(0, 'must be at least 0 seconds')
  .max(3600, 'must be at most 3600 seconds');

const replica = knownMembers({ port: port() });
const replicas = <T extends z.ZodType>(item: T) =>
  z.array(item, 'must be a list').min(1, 'must name at least one replica');

/** What a file named by `BALANZA_CONFIG` may hold. Everything is optional: it replaces what it names. */
export const topologyFile = knownMembers({
  host: text().optional(),
  apps: knownMembers({
    'api-gateway': replicas(replica).optional(),
    microservice: replicas(
      replica.extend({
        weight: weight.optional(),
        processingTime: processingTime.optional(),
      }),
    ).optional(),
    worker: replicas(replica).optional(),
    cache: replicas(replica).max(1, 'there is one cache').optional(),
    database: replicas(replica).max(1, 'there is one database service').optional(),
  }).optional(),
  postgres: knownMembers({ port: port().optional(), dataDirectory: text().optional() }).optional(),
  balancers: knownMembers({
    'load-balancer': balancer.omit({ eventsPort: true }).optional(),
    'lb-microservices': balancer.omit({ eventsPort: true }).optional(),
    'lb-workers': balancer.optional(),
  }).optional(),
});
export type TopologyFile = z.infer<typeof topologyFile>;
