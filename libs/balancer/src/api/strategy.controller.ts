import { CurrentUser, type Claims } from '@balanza/auth';
import { STRATEGIES, type StrategyDefinition } from '@balanza/balancing';
import { strategyChoice, type StrategyChoice } from '@balanza/topology';
import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from './admin-only.decorator.js';
import { Answers } from './api-docs.decorator.js';
import { ControlService } from './control.service.js';
import { STRATEGY } from './examples.js';

/** The strategy, and which there are. */
@AdminOnly()
@Controller('-/api')
export class StrategyController {
  constructor(private readonly service: ControlService) {}

  @Get('strategy')
  @ApiOperation({ summary: 'The strategy with its settings' })
  @Answers(200, 'What is not named has its default', STRATEGY)
  read(): StrategyChoice {
    return this.service.balancing().strategy;
  }

  @Put('strategy')
  @ApiOperation({ summary: 'Changes the strategy and its settings' })
  @Answers(200, 'The strategy as it is now', STRATEGY)
  async change(@Body({ schema: strategyChoice }) strategy: StrategyChoice, @CurrentUser() user: Claims) {
    await this.service.change({ strategy }, user);
    return this.read();
  }

  @Get('strategies')
  @ApiOperation({ summary: 'Every strategy there is, with its settings' })
  @Answers(200, 'By name')
  list() {
    return {
      strategies: Object.entries<StrategyDefinition>(STRATEGIES).map(
        ([name, { advice, weighted, hashes, settings }]) => ({ name, advice, weighted, hashes, settings }),
      ),
    };
  }
}
