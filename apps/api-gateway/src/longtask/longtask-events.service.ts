import { APP_CONFIG, EventStreams, type Opened, type StreamEvent } from '@balanza/runtime';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { GatewayConfig } from '../config.js';
import { LongtaskService } from './longtask.service.js';
import { streamEvents } from './task-stream-events.js';

/** The event streams of clients: all that watch one task share one stream of a worker. */
@Injectable()
export class LongtaskEvents implements BeforeApplicationShutdown {
  readonly #streams: EventStreams;

  constructor(longtasks: LongtaskService, @Inject(APP_CONFIG) config: GatewayConfig) {
    const maxBytes = config.EVENT_STREAM_BYTES;
    async function* source(id: string, signal: AbortSignal): AsyncGenerator<StreamEvent, void> {
      yield* streamEvents(await longtasks.watch(id, signal), maxBytes);
    }
    this.#streams = new EventStreams({ source, maxStreams: config.EVENT_STREAM_LIMIT, maxBytes });
  }

  /** Streams end when the gateway does; clients come back by themselves, to another one. */
  beforeApplicationShutdown(): void {
    this.#streams.stop();
  }

  /**
   * The events of a task.
   *
   * @param lastEventId the last event that the client has
   * @throws ContractException 404 when no worker knows the task, 503 beyond the bounds
   */
  open(id: string, lastEventId: string | undefined): Promise<Opened> {
    return this.#streams.open(id, lastEventId);
  }
}
