import { DEFAULT_MAX_CONNECTIONS, openFileLimit, shareOpenFiles, type ListenAddress } from '@balanza/proxy';
import { assertStrongSecret, type Logger, type ProcessContext } from '@balanza/runtime';
import type { BalancerName, BalancerTopology } from '@balanza/topology';
import { randomBytes } from 'node:crypto';
import { applyConfig, type BalancerConfig } from './balancer.config.js';
import { Balancer } from './balancer.js';
import { auditLog } from './control/audit.js';
import { ControlPlane } from './control/control-plane.js';
import { OwnAddress } from './control/own-address.js';
import { policyOf } from './control/policy.js';
import { reloadOnChange } from './control/reload.js';
import type { ConfigFile } from './discovery/config-file.js';
import { BackendChecks } from './health/backend-checks.js';

/** What the parts of one balancer are made from. */
export interface BalancerPartsOptions {
  readonly name: BalancerName;
  /** With what the environment says applied. */
  readonly topology: BalancerTopology;
  readonly config: BalancerConfig;
  readonly context: ProcessContext;
  readonly logger: Logger;
  readonly tracksLoad: boolean;
  readonly tellFrom: number;
}

const SECRET_BYTES = 32;

/** The data planes of a balancer, and what runs beside them in its main thread; begun and ended together. */
export class BalancerParts {
  readonly balancer: Balancer;
  readonly control: ControlPlane;
  readonly checks: BackendChecks;
  readonly #file: ConfigFile | undefined;

  /** @throws ConfigError when production would sign cookies with a secret that can be guessed */
  constructor({ name, topology, config, context, logger, tracksLoad, tellFrom }: BalancerPartsOptions) {
    const { STICKY_SECRET: stickySecret = randomBytes(SECRET_BYTES).toString('base64url') } = config;
    if (context.config.NODE_ENV === 'production') assertStrongSecret('STICKY_SECRET', stickySecret);
    // Nobody is served before names are resolved; the first plan that counts is the control plane's.
    const plan = {
      version: 0,
      strategy: topology.strategy,
      backends: [],
      policy: policyOf(topology, stickySecret),
    };
    warnOfFewFiles(topology.threads, config.MAX_CONNECTIONS, logger);
    // Of this process alone: a request that has met it before is in a loop, one that has met another balancer is not.
    const pseudonym = config.PROXY_NAME ?? `balanza-${context.instance}`;
    this.balancer = new Balancer({ topology, config, pseudonym, tracksLoad }, plan, tellFrom);
    this.checks = new BackendChecks(this.balancer, logger);
    const audit = auditLog(logger);
    this.control = new ControlPlane({
      balancer: this.balancer,
      topology,
      stickySecret,
      logger,
      audit,
      onSettings: ({ health }) => this.checks.configure(health),
    });
    const { BALANZA_CONFIG: path, HOST: host } = context.config;
    if (path !== undefined) {
      this.#file = reloadOnChange({
        path,
        host,
        name,
        applyConfig: (read) => applyConfig(read, config),
        control: this.control,
        logger,
        audit,
      });
    }
  }

  /**
   * Begins to serve, as {@link Balancer.listen} does.
   *
   * @throws TopologyError when it would send requests to itself
   */
  async listen(address: ListenAddress, ownPort: number): Promise<string> {
    await this.control.start(await OwnAddress.of(address));
    // The first request is to find it known which backends are well.
    await this.checks.start();
    try {
      const url = await this.balancer.listen(address, ownPort);
      this.#file?.start();
      return url;
    } catch (error) {
      this.checks.stop();
      throw error;
    }
  }

  /** Takes no more connections, lets requests in flight finish for at most `graceMs`, and closes everything. */
  async close(graceMs: number): Promise<void> {
    this.#file?.stop();
    await this.balancer.close(graceMs);
    this.checks.stop();
    this.control.stop();
  }
}

function warnOfFewFiles(threads: number, wanted: number, logger: Logger): void {
  const limit = openFileLimit();
  const { connections } = shareOpenFiles(limit, threads);
  // Nobody asked for the default: a limit somewhat below it is nothing to worry about at each start.
  if (connections >= wanted || (wanted === DEFAULT_MAX_CONNECTIONS && connections >= wanted / 2)) return;
  const found = { limit, connections, wanted };
  logger.warn(
    found,
    'The limit of open files leaves room for fewer connections than MAX_CONNECTIONS; raise it (ulimit -n)',
  );
}
