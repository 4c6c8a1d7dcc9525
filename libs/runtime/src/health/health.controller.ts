import { DRAINING_HEADER, INSTANCE_HEADER } from '@balanza/contracts';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ContractException } from '../errors.js';
import { PROCESS_CONTEXT, type ProcessContext } from '../process-context.js';
import { Readiness } from './readiness.js';

/** Liveness (is the process running at all) and readiness (should it be sent requests). */
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  @Get('live')
  live(@Res({ passthrough: true }) reply: FastifyReply) {
    this.#nameInstance(reply);
    return this.#answer();
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    this.#nameInstance(reply);
    const problems = Object.entries(await this.readiness.problems());
    if (problems.length === 0) return this.#answer();
    throw new ContractException(503, `Not ready: ${problems.map((pair) => pair.join(': ')).join('; ')}`, {
      headers: {
        'retry-after': '1',
        ...(this.readiness.isDraining ? { [DRAINING_HEADER]: 'true' } : {}),
      },
      details: problems.map(([field, message]) => ({ field, message })),
    });
  }

  /** A check needs the head alone to learn which process it has reached, also of one that is not ready. */
  #nameInstance(reply: FastifyReply): void {
    reply.header(INSTANCE_HEADER, this.context.instance);
  }

  #answer() {
    return { status: 'ok', app: this.context.app, instance: this.context.instance };
  }
}
