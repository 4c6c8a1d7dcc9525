import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { BALANCED_APP, isBalancer } from '@balanza/topology';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BACKEND } from '../api/examples.js';
import { StatusService } from './status.service.js';

/** What `/status` calls the backends, by the app that they are. */
const STATUS_KEY = { 'api-gateway': 'gateways', microservice: 'microservices', worker: 'workers' } as const;

/** The balancer's view of its backends, in the order of its list. */
@ApiTags('status')
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
  @ApiOperation({
    summary: 'Every backend, with how it is doing',
    description: 'In the order of the list. No token is needed; durations are in seconds, times RFC 3339.',
  })
  @ApiOkResponse({
    description: 'By `gateways`, `microservices` or `workers`, as the backends are',
    content: { 'application/json': { schema: { type: 'object' }, example: { gateways: BACKEND.endpoints } } },
  })
  status() {
    return { [this.#key]: this.backends.all() };
  }
}
