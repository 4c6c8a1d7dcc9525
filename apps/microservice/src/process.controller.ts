import type { ProcessAnswer } from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Controller, Get, Inject } from '@nestjs/common';
import { BusinessLogic } from './business-logic.service.js';

/** `GET /process`: does the work while the caller waits. */
@Controller('process')
export class ProcessController {
  constructor(
    private readonly businessLogic: BusinessLogic,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  @Get()
  async process(): Promise<ProcessAnswer> {
    const seconds = await this.businessLogic.execute();
    return {
      message: 'Business logic executed',
      instance: this.context.instance,
      processing_time: seconds,
    };
  }
}
