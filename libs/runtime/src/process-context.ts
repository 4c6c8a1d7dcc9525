import { newInstanceId, type InstanceId } from '@balanza/contracts';
import { loadTopology, portsOf, type AppName, type Topology } from '@balanza/topology';
import { ConfigError } from './errors.js';
import { readEnvironment } from './config/environment.js';
import { runtimeConfig, type RuntimeConfig } from './config/runtime-config.js';

/** What a process knows of itself from its start. */
export interface ProcessContext {
  readonly app: AppName;
  /** New at each start. */
  readonly instance: InstanceId;
  /** The port it binds, on the topology's host. */
  readonly port: number;
  readonly topology: Topology;
  readonly config: RuntimeConfig;
}

/** Injection token of the {@link ProcessContext}. */
export const PROCESS_CONTEXT = Symbol('PROCESS_CONTEXT');

/** Injection token of the app's own validated settings. */
export const APP_CONFIG = Symbol('APP_CONFIG');

/**
 * Reads the settings that every process has, and the topology.
 *
 * @throws ConfigError or TopologyError
 */
export function readContext(
  app: AppName,
  environment?: Readonly<Record<string, string | undefined>>,
): ProcessContext {
  const config = readEnvironment(runtimeConfig, environment);
  const topology = loadTopology(config.BALANZA_CONFIG, { host: config.HOST });
  const port = config.PORT ?? portsOf(topology, app)[0];
  if (port === undefined)
    throw new ConfigError(`PORT: the topology names no port for ${app}, so it must be set`);
  return { app, instance: newInstanceId(), port, topology, config };
}
