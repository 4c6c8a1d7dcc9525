import type { AuthOptions } from '@balanza/auth';
import { assertStrongSecret, type AppDefinition, type ProcessContext } from '@balanza/runtime';
import { AppModule } from './app.module.js';
import { gatewayConfig, type GatewayConfig } from './config.js';
import { DOCS_PATH, serveDocs } from './openapi/serve-docs.js';
import { connectUpstreams } from './upstreams/upstreams.js';

/** The app that clients reach through the main balancer. */
export const apiGateway: AppDefinition<typeof gatewayConfig> = {
  name: 'api-gateway',
  config: gatewayConfig,
  internal: false,
  create(context, config) {
    const auth = authOptions(context, config);
    return {
      module: AppModule.forRoot({ auth, config, upstreams: connectUpstreams(context, config) }),
      docs: DOCS_PATH,
      configure: (app) => serveDocs(app, AppModule, config.AUTH_FAILURE_STATUS),
    };
  },
};

/** @throws ConfigError when production would run with a secret that can be guessed */
function authOptions({ config: { NODE_ENV } }: ProcessContext, config: GatewayConfig): AuthOptions {
  const production = NODE_ENV === 'production';
  if (production) assertStrongSecret('JWT_SECRET', config.JWT_SECRET);
  return {
    secret: config.JWT_SECRET,
    failureStatus: config.AUTH_FAILURE_STATUS,
    requireExpiry: config.JWT_REQUIRE_EXP ?? production,
  };
}
