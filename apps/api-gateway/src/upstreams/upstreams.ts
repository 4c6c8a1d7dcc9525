import { ServiceClient, type ProcessContext } from '@balanza/runtime';
import { portsOf, urlOf, type AppName } from '@balanza/topology';
import type { GatewayConfig } from '../config.js';

/** The services behind a gateway. */
export interface Upstreams {
  readonly cache: ServiceClient;
  readonly database: ServiceClient;
  readonly microservices: ServiceClient;
  readonly workers: ServiceClient;
}

/** The interceptor gives a slow cache up first, and pauses; this bound then only frees the connection. */
const CACHE_CONNECTION_TIMEOUTS = 4;

/** Clients of the services, at the URLs of the environment or else of the topology. */
export function connectUpstreams(context: ProcessContext, config: GatewayConfig): Upstreams {
  const client = (name: string, url: string | undefined, app: AppName, timeout: number) =>
    new ServiceClient({
      name,
      origin: url ?? defaultUrl(context, app),
      timeoutMs: timeout * 1000,
      maxStreams: Math.max(1, config.EVENT_STREAM_LIMIT),
      serviceToken: context.config.SERVICE_TOKEN,
    });
  const { CACHE_TIMEOUT, UPSTREAM_TIMEOUT } = config;
  return {
    cache: client('The cache', config.CACHE_URL, 'cache', CACHE_TIMEOUT * CACHE_CONNECTION_TIMEOUTS),
    database: client('The database service', config.DATABASE_SERVICE_URL, 'database', UPSTREAM_TIMEOUT),
    microservices: client(
      'The microservice balancer',
      config.MICROSERVICES_URL,
      'lb-microservices',
      UPSTREAM_TIMEOUT,
    ),
    workers: client('The worker balancer', config.WORKERS_URL, 'lb-workers', UPSTREAM_TIMEOUT),
  };
}

function defaultUrl({ topology }: ProcessContext, app: AppName): string {
  const [port] = portsOf(topology, app);
  if (port === undefined) throw new Error(`The topology names no port for ${app}`);
  return urlOf(topology.host, port);
}
