import {
  IDEMPOTENCY_KEY_HEADER,
  task,
  taskAccepted,
  taskList,
  type GatewayTaskAccepted,
  type Task,
  type TaskList,
  type TaskListQuery,
  type TaskPayload,
} from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { expectAnswer } from '../upstreams/expect-answer.js';
import { UPSTREAMS } from '../upstreams/upstreams.module.js';
import type { Upstreams } from '../upstreams/upstreams.js';

const NAME = 'The worker';

const pathOf = (id: string) => `/tasks/${encodeURIComponent(id)}`;

/** Hands tasks to the workers, and asks them what became of each. */
@Injectable()
export class LongtaskService {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /**
   * Hands a task to a worker. Not ended early when the client goes away: nobody could tell whether it was accepted.
   *
   * @throws ContractException 422 when the key came before with another body
   */
  async start(payload: TaskPayload, idempotencyKey: string | undefined): Promise<GatewayTaskAccepted> {
    const answer = await this.upstreams.workers.call({
      method: 'POST',
      path: '/task',
      body: payload,
      ...(idempotencyKey === undefined ? {} : { headers: { [IDEMPOTENCY_KEY_HEADER]: idempotencyKey } }),
      relay: [400, 413, 422],
    });
    return {
      ...expectAnswer(taskAccepted, answer, NAME),
      api_gateway_instance: this.context.instance,
    };
  }

  async list({ status, limit, cursor }: TaskListQuery, signal: AbortSignal): Promise<TaskList> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (status !== undefined) query.set('status', status);
    if (cursor !== undefined) query.set('cursor', cursor);
    const answer = await this.upstreams.workers.call({
      method: 'GET',
      path: `/tasks?${query.toString()}`,
      signal,
    });
    return expectAnswer(taskList, answer, NAME);
  }

  /** @throws ContractException 404 when no worker knows the task */
  async find(id: string, signal: AbortSignal): Promise<Task> {
    const request = { method: 'GET', path: pathOf(id), signal, relay: [404] } as const;
    return expectAnswer(task, await this.upstreams.workers.call(request), NAME);
  }

  /**
   * The events of a task, as they come.
   *
   * @throws ContractException 404 when no worker knows the task
   */
  watch(id: string, signal: AbortSignal): Promise<Readable> {
    const headers = { accept: 'text/event-stream' };
    const path = `${pathOf(id)}/events`;
    return this.upstreams.workers.stream({ method: 'GET', path, headers, signal, relay: [404] });
  }

  /** @throws ContractException 404 when no worker knows the task, 409 when it has ended otherwise */
  async cancel(id: string): Promise<Task> {
    const request = { method: 'DELETE', path: pathOf(id), relay: [404, 409] } as const;
    return expectAnswer(task, await this.upstreams.workers.call(request), NAME);
  }

  /** @throws ContractException 404 when no worker knows the task, 409 when it neither failed nor was cancelled */
  async redrive(id: string): Promise<Task> {
    const request = { method: 'POST', path: `${pathOf(id)}/redrive`, relay: [404, 409] } as const;
    return expectAnswer(task, await this.upstreams.workers.call(request), NAME);
  }
}
