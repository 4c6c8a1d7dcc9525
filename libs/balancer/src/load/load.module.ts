import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { LoadController } from './load.controller.js';

/** A load report is some 200 bytes; whoever sends more is no worker. */
const MAX_EVENT_BYTES = 65_536;

/** Lets a balancer hear what its backends have in hand beyond open requests. */
@Module({ controllers: [LoadController] })
export class LoadModule {}

/** Listens for load reports over TCP, on the port that the topology names. */
export async function listenForLoadReports(app: NestFastifyApplication): Promise<void> {
  const { topology } = app.get<ProcessContext>(PROCESS_CONTEXT);
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { host: topology.host, port: topology.eventsPort, maxBufferSize: MAX_EVENT_BYTES },
  });
  await app.startAllMicroservices();
}
