import { parseEventsUrl } from '@balanza/contracts';
import { APP_CONFIG, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { urlOf } from '@balanza/topology';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BalancerConfig } from '../balancer.config.js';

/** A load report is some 200 bytes; whoever sends more is no worker. */
const MAX_EVENT_BYTES = 65_536;
/** How long to wait before a NATS server that is away is tried again, in milliseconds. */
const RECONNECT_WAIT_MS = 500;

/** Listens for load reports: at `EVENTS_URL`, or over TCP on the port that the topology names. */
export async function listenForLoadReports(app: NestFastifyApplication): Promise<void> {
  const { topology } = app.get<ProcessContext>(PROCESS_CONTEXT);
  const { EVENTS_URL } = app.get<BalancerConfig>(APP_CONFIG);
  const address = parseEventsUrl(EVENTS_URL ?? urlOf(topology.host, topology.eventsPort));
  if (address.transport === 'tcp') {
    app.connectMicroservice<MicroserviceOptions>({
      transport: Transport.TCP,
      options: { host: address.host, port: address.port, maxBufferSize: MAX_EVENT_BYTES },
    });
    await app.startAllMicroservices();
    return;
  }
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.NATS,
    options: {
      servers: address.url,
      ...address.credentials,
      name: 'balanza-balancer',
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
    },
  });
  // Not awaited: a balancer serves without reports too, by the answers alone.
  void app.startAllMicroservices().catch((error: unknown) => {
    app.get<Logger>(LOGGER).error({ err: error }, 'Load reports are not heard');
  });
}
