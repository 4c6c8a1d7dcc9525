import { Module } from '@nestjs/common';
import { LoadGauge } from './load-gauge.service.js';
import { LoadHeaders } from './load-headers.service.js';
import { LoadReporter } from './load-reporter.service.js';
import { reportClientProvider } from './report-client.provider.js';

/** What the balancer is told. Nest ends a module after those that import it, so it is told to the last task. */
@Module({ providers: [LoadGauge, LoadHeaders, reportClientProvider, LoadReporter], exports: [LoadGauge] })
export class LoadModule {}
