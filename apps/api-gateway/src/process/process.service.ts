import { processAnswer, type GatewayProcessAnswer } from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { expectAnswer } from '../upstreams/expect-answer.js';
import { UPSTREAMS } from '../upstreams/upstreams.module.js';
import type { Upstreams } from '../upstreams/upstreams.js';

/** Asks the microservices, through their balancer. */
@Injectable()
export class ProcessService {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /** Has a microservice do its work. @param signal ends it early */
  async process(signal: AbortSignal): Promise<GatewayProcessAnswer> {
    const answer = await this.upstreams.microservices.call({ method: 'GET', path: '/process', signal });
    return {
      ...expectAnswer(processAnswer, answer, 'The microservice'),
      api_gateway_instance: this.context.instance,
    };
  }
}
