import { BearerGuard } from '@balanza/auth';
import { gatewayProcessAnswer, type GatewayProcessAnswer } from '@balanza/contracts';
import { ClientSignal } from '@balanza/runtime';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../openapi/api-errors.decorator.js';
import { BEARER_SCHEME } from '../openapi/document.js';
import { ProcessService } from './process.service.js';

/** `GET /process`: work that is waited for. */
@ApiTags('gateway')
@ApiBearerAuth(BEARER_SCHEME)
@Controller('process')
@UseGuards(BearerGuard)
export class ProcessController {
  constructor(private readonly processes: ProcessService) {}

  @Get()
  @ApiOperation({
    summary: 'Work done by a microservice while you wait',
    description: 'The microservice balancer picks one by weight; each takes its own time.',
  })
  @ApiOkResponse({
    description: 'The work is done',
    standardSchema: gatewayProcessAnswer,
    example: {
      message: 'Business logic executed',
      instance: '7b21d04c',
      processing_time: 0.2,
      api_gateway_instance: '1f0c9a7e',
    },
  })
  @ApiErrors('The microservice balancer', 403, 502, 503, 504)
  process(@ClientSignal() signal: AbortSignal): Promise<GatewayProcessAnswer> {
    return this.processes.process(signal);
  }
}
