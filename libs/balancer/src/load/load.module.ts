import { Module } from '@nestjs/common';
import { LoadController } from './load.controller.js';
import { LoadReports } from './load-reports.service.js';
import { ReportedWeights } from './reported-weights.service.js';

/** Lets a balancer hear what its backends have in hand beyond open requests. */
@Module({ controllers: [LoadController], providers: [LoadReports, ReportedWeights] })
export class LoadModule {}

export { listenForLoadReports } from './listen.js';
