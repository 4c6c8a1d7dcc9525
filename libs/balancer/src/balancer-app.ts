import type { AppDefinition } from '@balanza/runtime';
import type { BalancerName } from '@balanza/topology';
import { Module } from '@nestjs/common';
import { loggedFrom, logRequests } from './access-log.js';
import { applyConfig, balancerConfig } from './balancer.config.js';
import { BalancerModule } from './balancer.module.js';
import { BalancerParts } from './balancer-parts.js';
import { expectShortLives } from './short-lives.js';
import { controlAuth } from './api/control-auth.js';
import { CONTROL_DOCS_PATH, serveControlDocs } from './api/serve-docs.js';
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
    create(context, config, logger) {
      expectShortLives();
      const { topology, port } = context;
      const auth = controlAuth(context.config, config, logger);
      const parts = new BalancerParts({
        name,
        topology: applyConfig(topology.balancers[name], config),
        config,
        context,
        logger,
        tracksLoad: loadReports,
        tellFrom: loggedFrom(context.config.ACCESS_LOG),
      });
      logRequests(parts.balancer, parts.checks, logger);
      const imports = [BalancerModule.forRoot(parts, auth), ...(loadReports ? [LoadModule] : [])];
      return {
        module: { module: BalancerAppModule, imports },
        listen: (ownPort) => parts.listen({ host: topology.host, port }, ownPort),
        checksServiceToken: false,
        docs: auth === undefined ? undefined : CONTROL_DOCS_PATH,
        configure: async (app) => {
          if (auth !== undefined) serveControlDocs(app);
          if (loadReports) await listenForLoadReports(app);
        },
      };
    },
  };
}
