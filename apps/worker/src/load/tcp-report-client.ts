import { ClientTCP, type TcpSocket } from '@nestjs/microservices';
import type { Socket } from 'node:net';

/** A balancer that neither accepts nor reads for this long, in milliseconds, is given up until the next report. */
const SILENCE_TIMEOUT_MS = 5_000;
/** Most bytes of reports that wait for a balancer that does not read. */
const MAX_UNSENT_BYTES = 65_536;

/** Speaks to a balancer that may be away: never an error in the log, never more than a few reports in memory. */
export class TcpReportClient extends ClientTCP {
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
