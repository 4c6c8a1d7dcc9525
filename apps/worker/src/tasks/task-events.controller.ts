import { LAST_EVENT_ID_HEADER } from '@balanza/contracts';
import { APP_CONFIG, EventStreams, ResourceNotFoundException, sendEvents } from '@balanza/runtime';
import { TaskEvents } from '@balanza/tasks';
import { Controller, Get, Headers, Inject, Param, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { WorkerConfig } from '../config.js';
import { streamEvents } from './task-stream-events.js';

/** What becomes of a task, as server-sent events (WHATWG HTML, section 9.2). */
@Controller('tasks')
export class TaskEventsController implements BeforeApplicationShutdown {
  readonly #streams: EventStreams;

  constructor(events: TaskEvents, @Inject(APP_CONFIG) config: WorkerConfig) {
    this.#streams = new EventStreams({
      source: (id, signal) => streamEvents(events.watch(id, signal)),
      maxStreams: config.TASK_WATCHER_LIMIT,
      maxBytes: config.TASK_WATCHER_BYTES,
    });
  }

  /** Streams end when the worker does; clients come back by themselves, to another one. */
  beforeApplicationShutdown(): void {
    this.#streams.stop();
  }

  @Get(':task_id/events')
  async watch(
    @Param('task_id') id: string,
    @Headers(LAST_EVENT_ID_HEADER) lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const opened = await this.#streams.open(id, lastEventId);
    if (opened === 'unknown') throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
    await sendEvents(reply, opened);
  }
}
