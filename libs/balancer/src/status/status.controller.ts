import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { BALANCED_APP, isBalancer } from '@balanza/topology';
import { Controller, Get, Inject } from '@nestjs/common';
import { StatusService } from './status.service.js';

/** What `/status` calls the backends, by the app that they are. */
const STATUS_KEY = { 'api-gateway': 'gateways', microservice: 'microservices', worker: 'workers' } as const;

/** The balancer's view of its backends, in the order of its list. */
@Controller('status')
export class StatusController {
  readonly #key: string;

  constructor(
    private readonly backends: StatusService,
    @Inject(PROCESS_CONTEXT) { app }: ProcessContext,
  ) {
    this.#key = isBalancer(app) ? STATUS_KEY[BALANCED_APP[app]] : 'backends';
  }

  @Get()
  status() {
    return { [this.#key]: this.backends.all() };
  }
}
