import type { BodyLimits } from '../body-limits.js';
import type { HeadScanner } from '../message/head-scanner.js';
import type { MessageLimits } from '../message/message-error.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import type { BackendPool } from '../resilience/backend-pool.js';
import type { Timeouts } from '../timeouts.js';
import type { ClientLimits } from './client-counts.js';
import type { Exchange } from './exchange.js';

/** What a `DataPlane` serves, by which rules, and who hears of it. */
export interface DataPlaneOptions {
  /** Who gets the requests. */
  readonly pool: BackendPool;
  /** `redirect` sends clients to the backend that was picked instead of asking it for them. Default `proxy`. */
  readonly mode?: 'proxy' | 'redirect';
  /** Answers the targets that are the proxy's own, where it has any. */
  readonly own?: { readonly backend: ProxiedBackend; readonly isOwn: (target: string) => boolean };
  /** Unused connections that are kept to one backend at most. Default 1,000. */
  readonly maxIdle?: number;
  /** Client connections at most; more are closed at once. Default 10,000. Fewer where no more files may be open. */
  readonly maxConnections?: number;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<MessageLimits>;
  readonly bodies?: Partial<BodyLimits>;
  readonly clients?: Partial<ClientLimits>;
  /** Whether a peer with this address is believed in what it says of earlier hops. Default: nobody. */
  readonly isTrusted?: (address: string) => boolean;
  /**
   * How the proxy calls itself in `Via` and `Proxy-Status`: letters, digits, `.`, `_`, `-`, a letter first. Its threads share the name, and no
   * other proxy may have it, as a request that names it in `Via` is taken for one in a loop. Default: `balanza-` and 8 random digits.
   */
  readonly pseudonym?: string;
  /** Whether responses name the backend that was asked, as `X-Served-By: host:port`. Default false. */
  readonly namesBackends?: boolean;
  /** What `Date` says, in ms since 1970. Default: the system's clock. */
  readonly wallClock?: () => number;
  /** Told of every answer's head before the request stops counting as in flight. */
  readonly onAnswer?: (backend: ProxiedBackend, head: Pick<HeadScanner, 'valueOf'>) => void;
  /** Told of every request once it is over. */
  readonly onEnd?: (exchange: Exchange) => void;
  /** Told of every message that was refused before it was a request. */
  readonly onRefused?: (status: number) => void;
}
