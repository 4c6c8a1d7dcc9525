import { Controller, Get, Header } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** The counts of this process, for whoever watches it. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** The metrics in Prometheus' text format. */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
