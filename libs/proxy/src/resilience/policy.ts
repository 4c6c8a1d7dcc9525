/** Backends that one balancer can have, those that names stand for included. */
export const MAX_BACKENDS = 128;

/** How one balancer treats its backends. Plain data: what the main thread decides is posted to every thread as it is. */
export interface ResiliencePolicy {
  readonly ejection: EjectionPolicy;
  readonly checks: ChecksPolicy;
  readonly slowStart: SlowStartPolicy;
  readonly retry: RetryPolicy;
  readonly limits: LimitsPolicy;
  readonly shedding: SheddingPolicy;
  /** Absent: no request is kept at the backend of the one before. */
  readonly sticky?: StickyPolicy;
  readonly drain: DrainPolicy;
}

/** When a backend is left out because of how it serves requests, and for how long. */
export interface EjectionPolicy {
  readonly enabled: boolean;
  /** Gateway errors in a row (502, 503, 504, no whole answer, no answer in time) that eject. */
  readonly consecutiveErrors: number;
  /** Share of requests that may fail: with a status of 500 or above, or without a whole answer. Above it ejects. 0 to 1. */
  readonly errorShare: number;
  /** Requests in a window below which the share says nothing. */
  readonly minimumRequests: number;
  /** Length of the sliding window of the share, in ms. */
  readonly windowMs: number;
  /** How long the first ejection lasts, in ms; the n-th in succession lasts n times as long. */
  readonly baseMs: number;
  /** How long an ejection lasts at most, in ms. */
  readonly maxMs: number;
  /** Whether errors that a backend says come from behind it count like its own; by `Proxy-Status` (RFC 9209). */
  readonly relayedErrors: boolean;
  /**
   * Share of the backends that are not down that may be ejected at one time while none of the others serves well; as long as one
   * does, all that fail may be. 0 to 1; 0 ejects none.
   */
  readonly maxShare: number;
}

/** How many results of active checks in a row change the state of a backend. */
export interface ChecksPolicy {
  /** Backends are checked: until its first check one gets requests only where none is known to be well. */
  readonly enabled: boolean;
  /** Failures after which it is down; of a backend that no check has found well yet, one. */
  readonly fall: number;
  /** Successes after which it is up again; of a backend that no check has found well yet, one. */
  readonly rise: number;
}

/**
 * How a backend that was out gets its share back, not one that is there from the start:
 * max(`minWeight`, (elapsed / `windowMs`) ^ (1 / `aggression`)) of it.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start
 */
export interface SlowStartPolicy {
  /** How long until it has its full share, in ms; 0 for at once. */
  readonly windowMs: number;
  /** 1 grows evenly; more grows faster at first. */
  readonly aggression: number;
  /** Share that it begins with. 0 to 1. */
  readonly minWeight: number;
}

/**
 * Which requests are tried once more at another backend, and how many: while all backends fail, of the n requests that were sent
 * at most `budgetMinimum` + `budgetShare` · n are, so that retries never become a storm. A backend that has served requests
 * within `ejection.windowMs` and failed none takes retries beyond that. `budgetMinimum` is there again after 10 s in which no
 * retry was needed.
 *
 * @see https://twitter.github.io/finagle/guide/Glossary.html the retry budget, a token bucket that requests fill
 */
export interface RetryPolicy {
  /** Times that one request is tried again; 0 for never. What could not connect was not sent, and does not count. */
  readonly max: number;
  /** Retries that each request which is sent pays for. 0 to 1. */
  readonly budgetShare: number;
  /** Retries that may be made before requests have paid for them: the requests that follow do, or 10 s without a retry. */
  readonly budgetMinimum: number;
  /**
   * Retries that one moment can have at most, such as when a backend dies, however many requests of the last 10 s have paid; from
   * `budgetMinimum` on.
   */
  readonly budgetMaximum: number;
  /**
   * How long one try of an idempotent request may take until its answer begins, in ms, while another backend may be
   * asked; 0 for as long as any. With 0 a request also stays with a backend that is out and silent: it may be slow, and
   * is not to be done twice.
   */
  readonly perTryTimeoutMs: number;
  /** Bytes of a request's body that are kept to send it again; a longer one is not retried. */
  readonly replayBytes: number;
  /** Bytes that one thread keeps of all bodies together; a request whose body finds no room is not retried. */
  readonly replayTotalBytes: number;
  /** Statuses of a backend's answer on which an idempotent request is tried again. */
  readonly statuses: readonly number[];
  /**
   * Whether a request of any method is tried again when an answer of 400 or above carries `X-Balanza-Refused`: by that a backend
   * says that it has done nothing with the request. As with one that could not connect, nobody has to have paid for it, and it says
   * nothing of the backend's health.
   */
  readonly refusals: boolean;
}

/** How much is handed to a backend, and what waits for it. */
export interface LimitsPolicy {
  /** Requests in flight to one backend. */
  readonly maxInFlight: number;
  /** Requests of all threads that wait for a backend to have room; 0 for none. */
  readonly queueLength: number;
  /** How long one waits, in ms; then 503. */
  readonly queueWaitMs: number;
}

/**
 * Refuses a part of the requests while the backends fail: with the probability
 * ((all − succeeded / `threshold`) / (all + 1)) ^ (1 / `aggression`).
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/admission_control_filter
 */
export interface SheddingPolicy {
  readonly enabled: boolean;
  /** Share of requests that succeed, below which some are refused. Above 0 to 1. */
  readonly threshold: number;
  /** 1 refuses in proportion; more refuses more at first. */
  readonly aggression: number;
  /** Length of the sliding window in which requests are counted, in ms. */
  readonly windowMs: number;
  /** Requests per second below which none is refused. */
  readonly minimumPerSecond: number;
  /** The highest probability with which one is refused. 0 to 1. */
  readonly maxProbability: number;
}

/** Keeps a client at the backend that served it, by a signed cookie. */
export interface StickyPolicy {
  /** The cookie's name. */
  readonly cookie: string;
  /** Signs it (HMAC-SHA256); the same on every balancer in front of the same backends. */
  readonly secret: string;
  /** How long the client keeps it, in seconds; 0 until it closes. */
  readonly maxAgeSeconds: number;
  /** Whether it is sent over HTTPS alone. */
  readonly secure: boolean;
}

/** What happens to a backend that is taken out. */
export interface DrainPolicy {
  /** How long a tunnel (WebSocket) to it may stay open, in ms. */
  readonly tunnelMs: number;
}

/** What is used where nothing else is said. */
export const DEFAULT_POLICY: ResiliencePolicy = {
  ejection: {
    enabled: true,
    consecutiveErrors: 5,
    errorShare: 0.2,
    minimumRequests: 10,
    windowMs: 10_000,
    baseMs: 30_000,
    maxMs: 300_000,
    relayedErrors: false,
    maxShare: 0.5,
  },
  checks: { enabled: false, fall: 3, rise: 2 },
  slowStart: { windowMs: 10_000, aggression: 1, minWeight: 0.1 },
  retry: {
    max: 2,
    budgetShare: 0.2,
    budgetMinimum: 3,
    budgetMaximum: 1_000,
    perTryTimeoutMs: 0,
    replayBytes: 65_536,
    replayTotalBytes: 67_108_864,
    statuses: [500, 502, 503, 504],
    refusals: false,
  },
  limits: { maxInFlight: 1_000, queueLength: 1_000, queueWaitMs: 1_000 },
  shedding: {
    enabled: false,
    threshold: 0.95,
    aggression: 1,
    windowMs: 30_000,
    minimumPerSecond: 5,
    maxProbability: 0.8,
  },
  drain: { tunnelMs: 30_000 },
};
