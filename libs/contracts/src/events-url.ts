import { urlToHttpOptions } from 'node:url';
import { z } from 'zod';

/**
 * Where load reports go and are heard: `tcp://host:port`, a balancer that listens there itself, or `nats://host:port`, a NATS
 * server, by which any number of balancers hear the same. `nats://user:password@…` and `nats://token@…` sign in there; what URLs
 * cannot have is percent-encoded.
 */
export const eventsUrl = z
  .url({
    protocol: /^(tcp|nats)$/,
    error: 'must be a URL such as tcp://127.0.0.1:8012 or nats://127.0.0.1:4222',
  })
  .refine((url) => URL.canParse(url) && new URL(url).port !== '', { message: 'must name a port' })
  .refine(isDecodable, { message: 'must have % in a name or a password percent-encoded, as %25' });

/** How one signs in to a NATS server, by the names of its client's options. */
export interface NatsCredentials {
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

/** Where to connect to, or to listen at. */
export interface EventsAddress {
  readonly transport: 'tcp' | 'nats';
  readonly host: string;
  readonly port: number;
  /** Without the {@link credentials}, so that it can be shown. */
  readonly url: string;
  /** Empty where there are none. */
  readonly credentials: NatsCredentials;
}

/** The parts of an {@link eventsUrl}. */
export function parseEventsUrl(url: string): EventsAddress {
  const parsed = new URL(url);
  const { protocol, host, port, username, password } = parsed;
  return {
    transport: protocol === 'nats:' ? 'nats' : 'tcp',
    host: urlToHttpOptions(parsed).hostname ?? '',
    port: Number(port),
    url: `${protocol}//${host}`,
    credentials: credentialsOf(decodeURIComponent(username), decodeURIComponent(password)),
  };
}

/** A name alone is a token, as in all of NATS' own tools. */
function credentialsOf(user: string, pass: string): NatsCredentials {
  if (user === '') return {};
  return pass === '' ? { token: user } : { user, pass };
}

function isDecodable(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
