import {
  task,
  taskAccepted,
  type GatewayTaskAccepted,
  type Task,
  type TaskPayload,
} from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { expectAnswer } from '../upstreams/expect-answer.js';
import { UPSTREAMS } from '../upstreams/upstreams.module.js';
import type { Upstreams } from '../upstreams/upstreams.js';

const NAME = 'The worker';

/** Hands tasks to the workers, and asks them what became of each. */
@Injectable()
export class LongtaskService {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /**
   * Hands a task to a worker. Not ended early when the client goes away: nobody could tell whether it was accepted.
   */
  async start(payload: TaskPayload): Promise<GatewayTaskAccepted> {
    const answer = await this.upstreams.workers.call({
      method: 'POST',
      path: '/task',
      body: payload,
      relay: [400, 413],
    });
    return {
      ...expectAnswer(taskAccepted, answer, NAME),
      api_gateway_instance: this.context.instance,
    };
  }

  /** @throws ContractException 404 when no worker knows the task */
  async find(id: string, signal: AbortSignal): Promise<Task> {
    const path = `/tasks/${encodeURIComponent(id)}`;
    return expectAnswer(
      task,
      await this.upstreams.workers.call({ method: 'GET', path, signal, relay: [404] }),
      NAME,
    );
  }
}
