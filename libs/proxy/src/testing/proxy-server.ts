import { eventually } from '@balanza/testing';
import type { BodyLimits } from '../body-limits.js';
import type { DataPlaneOptions } from '../connection/data-plane-options.js';
import { DataPlane } from '../connection/data-plane.js';
import type { Exchange } from '../connection/exchange.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { BackendPool, type BackendPoolOptions } from '../resilience/backend-pool.js';
import type { BalancingPlan } from '../resilience/plan.js';
import { simplePlan, type PolicyChanges, type SimplePlan } from '../resilience/simple-plan.js';

/** A proxy listening on a free port, in front of `urls`. Disposing it fails when it leaves something behind. */
export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly backends: readonly ProxiedBackend[];
  /** Requests that are over. */
  readonly records: readonly Exchange[];
  readonly plane: DataPlane;
  /** Goes on by a plan that has other values than the one before where `changes` has them. */
  change(changes: Partial<BalancingPlan>): void;
  /** Lets `ms` pass for everybody who waits, at once. */
  pass(ms: number): void;
  /** Waits until nothing is in flight. */
  idle(): Promise<void>;
}

/** What a test may want otherwise. */
export interface ProxyServerOptions
  extends Partial<DataPlaneOptions>, Pick<SimplePlan, 'strategy' | 'settings'>, BackendPoolOptions {
  readonly policy?: PolicyChanges;
}

/** As strict as can be, so that a test sees each fault: nothing is tried twice, waits or is left out unless it says so. */
const STRICT: PolicyChanges = {
  ejection: { enabled: false },
  retry: { max: 0, perTryTimeoutMs: 0 },
  limits: { maxInFlight: 100, queueLength: 0 },
};

/** Each piece of a body goes on as it comes, and only a pause between two of them can be too long. */
const BODIES: Partial<BodyLimits> = { bufferBytes: 0, minRate: 0 };

/** A data plane on a free port in front of the backends at `urls`. */
export async function proxyServer(
  urls: readonly string[],
  options: ProxyServerOptions = {},
): Promise<ProxyServer> {
  const { strategy, settings, policy, ledger, thread, now, random, strategies, ...others } = options;
  const simple = {
    ...(strategy === undefined ? {} : { strategy }),
    ...(settings === undefined ? {} : { settings }),
  };
  let plan = simplePlan({
    backends: urls.map((url) => ({ url })),
    ...simple,
    policy: { ...STRICT, ...policy },
  });
  const pool = new BackendPool(plan, {
    ...(ledger === undefined ? {} : { ledger }),
    ...(thread === undefined ? {} : { thread }),
    ...(now === undefined ? {} : { now }),
    ...(random === undefined ? {} : { random }),
    ...(strategies === undefined ? {} : { strategies }),
  });
  const { backends } = pool;
  const records: Exchange[] = [];
  const plane = new DataPlane({
    pool,
    wallClock: () => 0,
    pseudonym: 'balanza',
    onEnd: (exchange) => records.push(exchange),
    bodies: BODIES,
    ...others,
  });
  const port = await plane.listen({ host: '127.0.0.1', port: 0 });
  const { deadlines } = plane;
  const idle = () =>
    eventually(() => {
      const inFlight = backends.map((backend) => backend.inFlight);
      if (inFlight.some((count) => count !== 0)) throw new Error(`${inFlight.join(', ')} are in flight`);
    }, 2_000);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    backends,
    records,
    plane,
    change: (changes) => {
      plan = { ...plan, ...changes, version: plan.version + 1 };
      plane.apply(plan);
    },
    pass: (ms) => deadlines.tick(deadlines.now + ms),
    idle,
    [Symbol.asyncDispose]: async () => {
      await plane.close(0);
      await idle();
      await eventually(() => {
        if (deadlines.size > 0) throw new Error(`${deadlines.size} still wait, of a proxy that is closed`);
      }, 2_000);
    },
  };
}
