import { taskId } from '@balanza/contracts';
import { ResourceNotFoundException } from '@balanza/runtime';
import { TaskEvents } from '@balanza/tasks';
import { Controller, Get, Param, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { eventStream } from './event-stream.js';

/** What becomes of a task, as server-sent events (WHATWG HTML, section 9.2). */
@Controller('tasks')
export class TaskEventsController implements BeforeApplicationShutdown {
  readonly #ending = new AbortController();

  constructor(private readonly events: TaskEvents) {}

  /** Streams end when the worker does; clients come back by themselves, to another one. */
  beforeApplicationShutdown(): void {
    this.#ending.abort();
  }

  @Get(':task_id/events')
  async watch(@Param('task_id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#ending.signal]);
    const tasks = this.events.watch(id, signal);
    // The first task before the head of the answer, as there may be none.
    const first = taskId.safeParse(id).success ? await tasks.next() : undefined;
    if (first?.value === undefined)
      throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
    await reply
      .headers({
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      .send(Readable.from(eventStream(first.value, tasks, signal)));
  }
}
