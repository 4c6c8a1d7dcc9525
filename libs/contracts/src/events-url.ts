import { z } from 'zod';

/**
 * Where load reports go and are heard: `tcp://host:port`, a balancer that listens there itself, or `nats://host:port`, a NATS
 * server, by which any number of balancers hear the same.
 */
export const eventsUrl = z
  .url({
    protocol: /^(tcp|nats)$/,
    error: 'must be a URL such as tcp://127.0.0.1:8012 or nats://127.0.0.1:4222',
  })
  .refine((url) => URL.canParse(url) && new URL(url).port !== '', { message: 'must name a port' });

/** Where to connect to, or to listen at. */
export interface EventsAddress {
  readonly transport: 'tcp' | 'nats';
  readonly host: string;
  readonly port: number;
  /** As NATS takes it; a name and a password in it are kept. */
  readonly url: string;
}

/** The parts of an {@link eventsUrl}. */
export function parseEventsUrl(url: string): EventsAddress {
  const { protocol, hostname, port } = new URL(url);
  return {
    transport: protocol === 'nats:' ? 'nats' : 'tcp',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    url,
  };
}
