import { formatLoadHeader, INSTANCE_HEADER, LOAD_HEADER } from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { LoadGauge } from './load-gauge.service.js';

/**
 * Every answer of this worker says how many tasks it has in hand, errors and reads included: the balancer never knows less than
 * the last answer that it has relayed.
 */
@Injectable()
export class LoadHeaders implements OnModuleInit {
  readonly #adapters: HttpAdapterHost;
  readonly #gauge: LoadGauge;
  readonly #instance: string;

  constructor(
    adapters: HttpAdapterHost,
    gauge: LoadGauge,
    @Inject(PROCESS_CONTEXT) { instance }: ProcessContext,
  ) {
    this.#adapters = adapters;
    this.#gauge = gauge;
    this.#instance = instance;
  }

  onModuleInit(): void {
    const server = this.#adapters.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onSend', (_request, reply, _payload, done) => {
      void reply.headers({
        [LOAD_HEADER]: formatLoadHeader(this.#gauge.read()),
        [INSTANCE_HEADER]: this.#instance,
      });
      done();
    });
  }
}
