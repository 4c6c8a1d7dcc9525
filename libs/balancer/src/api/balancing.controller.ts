import { CurrentUser, type Claims } from '@balanza/auth';
import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { balancingChange, type BalancingChange } from '../control/balancing-state.js';
import { Answers } from './api-docs.decorator.js';
import { ControlService } from './control.service.js';
import { AdminOnly } from './admin-only.decorator.js';
import { BALANCING } from './examples.js';

/** Everything at once. */
@AdminOnly()
@Controller('-/api')
export class BalancingController {
  constructor(private readonly service: ControlService) {}

  @Get()
  @ApiOperation({ summary: 'What is in force: the strategy, and every backend with how it is doing' })
  @Answers(200, 'What is in force', BALANCING)
  read() {
    return this.service.balancing();
  }

  @Patch()
  @ApiOperation({
    summary: 'Changes several things at once, or nothing',
    description:
      'Requests in flight finish where they are; the next ones follow the change. With `version` it is made only ' +
      'where nobody has changed anything since that version.',
  })
  @Answers(200, 'What is in force now', BALANCING)
  async change(@Body({ schema: balancingChange }) change: BalancingChange, @CurrentUser() user: Claims) {
    await this.service.change(change, user);
    return this.service.balancing();
  }
}
