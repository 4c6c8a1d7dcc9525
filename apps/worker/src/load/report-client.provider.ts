import { parseEventsUrl } from '@balanza/contracts';
import { APP_CONFIG, PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { urlOf } from '@balanza/topology';
import type { FactoryProvider } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import type { WorkerConfig } from '../config.js';
import { natsReportClient } from './nats-report-client.js';
import { TcpReportClient } from './tcp-report-client.js';

/** What reports go by. */
export type ReportClient = Pick<ClientProxy, 'emit' | 'close'>;

/** Injection token of the {@link ReportClient}. */
export const REPORT_CLIENT = Symbol('REPORT_CLIENT');

/** Reports go to `EVENTS_URL`, or to where the topology has the balancer of the workers listen. */
export const reportClientProvider: FactoryProvider<ReportClient> = {
  provide: REPORT_CLIENT,
  inject: [APP_CONFIG, PROCESS_CONTEXT],
  useFactory({ EVENTS_URL }: WorkerConfig, { topology }: ProcessContext): ReportClient {
    const address = parseEventsUrl(EVENTS_URL ?? urlOf(topology.host, topology.eventsPort));
    return address.transport === 'nats'
      ? natsReportClient(address)
      : new TcpReportClient(address.host, address.port);
  },
};
