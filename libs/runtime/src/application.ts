import type { AppName } from '@balanza/topology';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { readEnvironment } from './config/environment.js';
import { assertProductionSafe } from './config/runtime-config.js';
import { ErrorFilter } from './http/error.filter.js';
import { Readiness } from './health/readiness.js';
import { hostNamesOf, isLoopback } from './http/hosts.js';
import { configureHttp, httpOptions } from './http/http.js';
import { createLogger, type Logger } from './logging/logger.js';
import { NestLogger } from './logging/nest-logger.js';
import { Metrics } from './metrics/metrics.js';
import { readContext, type ProcessContext } from './process-context.js';
import { RuntimeModule } from './runtime.module.js';
import { shutDown } from './shutdown.js';
import { validationPipe } from './validation.js';

/** What makes one app different from the others. */
export interface AppDefinition<S extends z.ZodObject = z.ZodObject> {
  readonly name: AppName;
  /** The app's own environment variables. */
  readonly config?: S;
  /** Called only by other processes of the system, so `SERVICE_TOKEN` protects it where set. */
  readonly internal: boolean;
  /** Where health and metrics live; `'-'` on balancers. */
  readonly prefix?: string;
  /** Builds the app from its validated settings. */
  create(context: ProcessContext, config: z.output<S>, logger: Logger): AppParts;
}

/** What an app is built of once its settings are known. */
export interface AppParts {
  readonly module: Type | DynamicModule;
  /**
   * Listens in the app's place, as a balancer does, which keeps most requests to itself. The app's own routes are then
   * answered on `ownPort` of the loopback address.
   *
   * @returns the URL it listens at
   */
  readonly listen?: (ownPort: number) => Promise<string>;
  /** Whether the app checks `SERVICE_TOKEN` itself, or leaves that to the processes behind it. */
  readonly checksServiceToken?: boolean;
  /** The path of its Swagger UI, where it has one. */
  readonly docs?: string | undefined;
  /** Last touches before it listens: Swagger, event transports. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

/** An app that listens. */
export interface RunningApp {
  readonly context: ProcessContext;
  readonly logger: Logger;
  readonly nest: NestFastifyApplication;
  /**
   * Turns not ready, stops accepting, finishes what is in flight (at most `SHUTDOWN_TIMEOUT`), frees everything.
   *
   * @param drainMs how long it goes on accepting once it is not ready, so that balancers send nothing more when it stops; 0 unless given
   * @param interruption cuts that short
   */
  stop(drainMs?: number, interruption?: AbortSignal): Promise<void>;
}

@Module({})
class RootModule {}

/**
 * Validates the configuration, builds the app and listens.
 *
 * @param environment where settings come from; `process.env` unless given
 * @param termination aborted when the app is to end: then it is before it listens, if that can be
 * @throws ConfigError, TopologyError, the error of `listen`, or the reason of `termination`, with nothing left behind
 */
export async function startApp<S extends z.ZodObject>(
  definition: AppDefinition<S>,
  environment?: Readonly<Record<string, string | undefined>>,
  termination?: AbortSignal,
): Promise<RunningApp> {
  const context = readContext(definition.name, environment);
  const appConfig = readEnvironment(definition.config ?? z.object({}), environment) as z.output<S>;
  const { config } = context;
  assertProductionSafe(config, appConfig, context.topology.host, definition.internal);
  const logger = createLogger(context);
  const {
    module,
    listen,
    checksServiceToken = true,
    docs,
    configure,
  } = definition.create(context, appConfig, logger);
  const prefix = definition.prefix ?? '';
  // Nest makes it only when it knows the server.
  const made: { readiness?: Readiness } = {};
  const server = fastify(httpOptions(config, logger));
  configureHttp(server, {
    config,
    logger,
    serviceToken: definition.internal && checksServiceToken ? config.SERVICE_TOKEN : undefined,
    hosts: hostsOf(definition, context, appConfig),
    isDraining: () => made.readiness?.isDraining === true,
  });

  const root: DynamicModule = {
    module: RootModule,
    imports: [RuntimeModule.forRoot({ context, logger, appConfig, prefix }), module],
  };
  // Nest's Fastify is a copy of its own, whose types are not those of this one.
  const adapter = new FastifyAdapter(server as never);
  const nest = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  made.readiness = nest.get(Readiness);
  let url: string;
  try {
    nest.useGlobalFilters(new ErrorFilter(logger, config.BODY_LIMIT, docs));
    nest.useGlobalPipes(validationPipe());
    nest.get(Metrics).observe(server);
    termination?.throwIfAborted();
    await configure?.(nest);
    termination?.throwIfAborted();
    url = await listenWith(nest, context, listen);
  } catch (error) {
    await nest.close().catch(() => undefined);
    throw error;
  }
  const stop = (drainMs = 0, interruption?: AbortSignal) =>
    shutDown(nest, { drainMs, interruption, timeoutMs: config.SHUTDOWN_TIMEOUT * 1000, logger });
  logger.info({ url }, `${context.app} ${context.instance} listens`);
  return { context, logger, nest, stop };
}

/**
 * Under which names an internal service is asked, beside those of the loopback address. Undefined where any will do: beyond loopback, as
 * `HOST` says, and in production, where `SERVICE_TOKEN` keeps others out. What clients reach through a balancer is asked under theirs.
 */
function hostsOf(
  { internal }: Pick<AppDefinition, 'internal'>,
  { config, topology }: ProcessContext,
  appConfig: Readonly<Record<string, unknown>>,
): ReadonlySet<string> | undefined {
  if (!internal || config.NODE_ENV === 'production' || !isLoopback(topology.host)) return undefined;
  const balanced = Object.values(topology.balancers).flatMap(({ backends }) =>
    backends.map(({ url }) => url),
  );
  const named = Object.entries(appConfig).flatMap(([name, value]) => (name.endsWith('_URL') ? value : []));
  return hostNamesOf([...balanced, ...named]);
}

async function listenWith(
  nest: NestFastifyApplication,
  { port, topology }: ProcessContext,
  listen: AppParts['listen'],
): Promise<string> {
  if (listen === undefined) {
    await nest.listen(port, topology.host);
    return nest.getUrl();
  }
  await nest.listen(0, '127.0.0.1');
  return listen((nest.getHttpServer().address() as AddressInfo).port);
}
