import type { AppDefinition } from '@balanza/runtime';
import type { BalancerName } from '@balanza/topology';
import { Module } from '@nestjs/common';
import { loggedFrom, logRequests } from './access-log.js';
import { applyConfig, balancerConfig } from './balancer.config.js';
import { Balancer } from './balancer.js';
import { BalancerModule } from './balancer.module.js';
import { listenForLoadReports, LoadModule } from './load/load.module.js';

/** What is different from balancer to balancer, beside the name and the topology. */
export interface BalancerAppOptions {
  /** Serves only other processes of the system. */
  readonly internal: boolean;
  /** Its backends report the tasks that they have in hand. */
  readonly loadReports?: boolean;
}

@Module({})
class BalancerAppModule {}

/** A balancer app: the same for each of them but for its name, which picks its part of the topology. */
export function balancerApp(
  name: BalancerName,
  { internal, loadReports = false }: BalancerAppOptions,
): AppDefinition<typeof balancerConfig> {
  return {
    name,
    internal,
    prefix: '-',
    config: balancerConfig,
    create({ topology, port, config: { ACCESS_LOG } }, config, logger) {
      const setup = {
        topology: applyConfig(topology.balancers[name], config),
        config,
        tracksLoad: loadReports,
      };
      const balancer = new Balancer(setup, loggedFrom(ACCESS_LOG));
      logRequests(balancer, logger);
      const imports = [BalancerModule.forRoot(balancer), ...(loadReports ? [LoadModule] : [])];
      return {
        module: { module: BalancerAppModule, imports },
        listen: (ownPort) => balancer.listen({ host: topology.host, port }, ownPort),
        checksServiceToken: false,
        ...(loadReports ? { configure: listenForLoadReports } : {}),
      };
    },
  };
}
