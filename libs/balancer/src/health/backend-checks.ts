import { sharedNow, type ProxiedBackend } from '@balanza/proxy';
import type { Logger } from '@balanza/runtime';
import type { Resilience } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import type { Balancer } from '../balancer.js';
import { HealthChecker, type CheckedBackend, type LastCheck } from './health-checker.js';
import { HealthLog } from './health-log.js';
import { probeFor } from './probe.js';
import { Silence } from './silence.js';

/** How often it is looked who is due, and whose state has changed, in ms. */
const TICK_MS = 100;
/** The first checks are waited for at most this long, in ms. */
const FIRST_CHECKS_MS = 1_000;

/** Checks the backends of a balancer, for all its threads, and logs who comes and goes. */
export class BackendChecks {
  readonly #balancer: Pick<Balancer, 'backends' | 'plan'>;
  readonly #log: HealthLog;
  #checker: HealthChecker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(balancer: Pick<Balancer, 'backends' | 'plan'>, logger: Pick<Logger, 'info' | 'warn'>) {
    this.#balancer = balancer;
    this.#log = new HealthLog(logger, {
      instanceOf: (url) => this.instanceOf(url),
      detailOf: (url) => this.lastCheck(url)?.detail,
    });
  }

  /** From now on checks are done like this. */
  configure(health: Resilience['health']): void {
    const silence = health.signOfLife ? new Silence(health.timeout * 1000) : undefined;
    this.#checker =
      health.check === 'off'
        ? undefined
        : new HealthChecker({
            probe: probeFor(health),
            intervals: health,
            backends: () =>
              this.#balancer.backends.filter(isChecked).map((backend) => this.#checked(backend, silence)),
          });
  }

  /** Checks all backends from now on. Resolves when each has been checked once, or that takes long. */
  async start(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    await this.checkNew();
  }

  /** Checks new backends now. Resolves when that has been done, or takes long. */
  async checkNew(): Promise<void> {
    const patience = new AbortController();
    const { signal } = patience;
    await Promise.race([
      this.#checker?.checkNew(),
      setTimeout(FIRST_CHECKS_MS, undefined, { signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The last check of the backend with this URL; undefined where it was not checked yet, or is not at all. */
  lastCheck(url: string): LastCheck | undefined {
    return this.#checker?.lastCheck(url);
  }

  /** Which process the backend with this URL is, as it said in answer to a check; undefined where it did not. */
  instanceOf(url: string): string | undefined {
    return this.#checker?.instanceOf(url);
  }

  #tick(): void {
    const { backends, plan } = this.#balancer;
    const now = sharedNow();
    for (const backend of backends) {
      if (this.#checker === undefined || !isChecked(backend)) {
        backend.health.forgetChecks(now, plan.policy.slowStart);
      }
      backend.health.refresh(now, plan.policy.slowStart);
    }
    this.#log.look(backends);
    void this.#checker?.tick();
  }

  #checked(backend: ProxiedBackend, silence: Silence | undefined): CheckedBackend {
    const { url, health } = backend;
    return {
      url,
      isDown: health.state === 'down',
      isUnverified: health.isUnverified,
      isSilent: silence?.isSilent(backend, Date.now()) ?? false,
      onCheck: ({ ok, refused, draining = false }) => {
        const { checks, slowStart } = this.#balancer.plan.policy;
        const now = sharedNow();
        if (refused) health.onRefused(now);
        // Further checks would find the same, and requests would be sent there until the last one.
        health.onCheck(ok, now, draining ? { ...checks, fall: 1 } : checks, slowStart);
      },
    };
  }
}

function isChecked({ mode }: ProxiedBackend): boolean {
  return mode !== 'maintenance';
}
