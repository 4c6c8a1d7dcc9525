import type { AppDefinition } from '@balanza/runtime';
import type { BalancerName } from '@balanza/topology';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { applyConfig, balancerConfig } from './balancer.config.js';
import { Balancer } from './balancer.js';
import { BalancerModule } from './balancer.module.js';
import { logRequests } from './access-log.js';

export interface BalancerAppOptions {
  /** Serves clients, or only other processes of the system. */
  readonly internal: boolean;
  /** What this balancer has beyond the others. */
  readonly imports?: readonly (Type | DynamicModule)[];
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

@Module({})
class BalancerAppModule {}

/** A balancer app: the same for each of them but for its name, which picks its part of the topology. */
export function balancerApp(
  name: BalancerName,
  { internal, imports = [], configure }: BalancerAppOptions,
): AppDefinition<typeof balancerConfig> {
  return {
    name,
    internal,
    prefix: '-',
    config: balancerConfig,
    create({ topology, port, config: { ACCESS_LOG } }, config, logger) {
      const balancer = new Balancer(applyConfig(topology.balancers[name], config), config);
      logRequests(balancer, logger, ACCESS_LOG);
      return {
        module: { module: BalancerAppModule, imports: [BalancerModule.forRoot(balancer), ...imports] },
        listen: (ownPort) => balancer.listen({ host: topology.host, port }, ownPort),
        checksServiceToken: false,
        ...(configure === undefined ? {} : { configure }),
      };
    },
  };
}
