import { LOAD_REPORT_EVENT, loadReport } from '@balanza/contracts';
import { isServiceToken, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { LoadReports } from './load-reports.service.js';
import { ReportedWeights } from './reported-weights.service.js';

/** What a worker sends: its report, and the shared token where the processes use one. */
const loadEvent = loadReport.extend({ token: z.string().optional() });

/** Hears the workers' load reports. */
@Controller()
export class LoadController {
  readonly #serviceToken: string | undefined;

  constructor(
    private readonly reports: LoadReports,
    private readonly weights: ReportedWeights,
    @Inject(PROCESS_CONTEXT) { config }: ProcessContext,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#serviceToken = config.SERVICE_TOKEN;
  }

  @EventPattern(LOAD_REPORT_EVENT)
  hear(@Payload() payload: unknown): void {
    const event = loadEvent.safeParse(payload);
    if (!event.success) {
      this.logger.warn({ issues: event.error.issues }, 'ignored a load report that makes no sense');
      return;
    }
    if (this.#serviceToken !== undefined && !isServiceToken(this.#serviceToken, event.data.token)) {
      this.logger.warn({ url: event.data.url }, 'ignored a load report without the right service token');
      return;
    }
    if (this.reports.accept(event.data)) this.weights.accept(event.data);
  }
}
