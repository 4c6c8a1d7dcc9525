import { parseLoadHeader } from '@balanza/contracts';
import { FIELD } from '@balanza/proxy';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { Balancer } from '../balancer.js';
import { LoadController } from './load.controller.js';
import { LoadTracker } from './load-tracker.js';

/** A load report is some 200 bytes; whoever sends more is no worker. */
const MAX_EVENT_BYTES = 65_536;

/**
 * Lets a balancer know what its backends have in hand beyond open requests: from the events they send, and from
 * the header on their answers, which arrives before the answered request stops counting.
 */
@Module({
  controllers: [LoadController],
  providers: [
    {
      provide: LoadTracker,
      useFactory: ({ backends }: Balancer) => new LoadTracker(backends),
      inject: [Balancer],
    },
  ],
})
export class LoadModule {
  constructor({ events }: Balancer, tracker: LoadTracker) {
    events.on('answer', ({ url }, head) => {
      const load = head.valueOf(FIELD['endpoint-load-metrics']);
      const report = load === undefined ? undefined : parseLoadHeader(load);
      if (report !== undefined) tracker.accept({ url, ...report });
    });
  }
}

/** Listens for load reports over TCP, on the port that the topology names. */
export async function listenForLoadReports(app: NestFastifyApplication): Promise<void> {
  const { host, topology } = app.get<ProcessContext>(PROCESS_CONTEXT);
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { host, port: topology.eventsPort, maxBufferSize: MAX_EVENT_BYTES },
  });
  await app.startAllMicroservices();
}
