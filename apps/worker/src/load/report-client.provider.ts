import { APP_CONFIG, PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { urlOf } from '@balanza/topology';
import type { FactoryProvider } from '@nestjs/common';
import { ClientTCP, type TcpSocket } from '@nestjs/microservices';
import type { Socket } from 'node:net';
import type { WorkerConfig } from '../config.js';

/** A balancer that neither accepts nor reads for this long, in milliseconds, is given up until the next report. */
const SILENCE_TIMEOUT_MS = 5_000;
/** Most bytes of reports that wait for a balancer that does not read. */
const MAX_UNSENT_BYTES = 65_536;

/** Speaks to a balancer that may be away: never an error in the log, never more than a few reports in memory. */
export class ReportClient extends ClientTCP {
  constructor(host: string, port: number) {
    super({ host, port, maxSendBufferSize: MAX_UNSENT_BYTES });
  }

  override createSocket(): TcpSocket {
    const socket = super.createSocket();
    const raw: Socket = socket.netSocket;
    raw.setTimeout(SILENCE_TIMEOUT_MS, () => raw.destroy(new Error('the balancer is silent')));
    return socket;
  }

  /** The report that failed tells its sender; there is nothing to add. */
  override handleError(): void {
    // Nest would log it as an error, at each attempt.
  }
}

/** Reports go to `EVENTS_URL`, or to where the topology has the balancer of the workers listen. */
export const reportClientProvider: FactoryProvider<ReportClient> = {
  provide: ReportClient,
  inject: [APP_CONFIG, PROCESS_CONTEXT],
  useFactory({ EVENTS_URL }: WorkerConfig, { topology }: ProcessContext): ReportClient {
    const url = new URL(EVENTS_URL ?? urlOf(topology.host, topology.eventsPort));
    return new ReportClient(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port));
  },
};
