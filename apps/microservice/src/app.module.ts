import { Module, type DynamicModule } from '@nestjs/common';
import { BusinessLogic, PROCESSING_TIME } from './business-logic.service.js';
import { ProcessController } from './process.controller.js';

/** A microservice that takes a given time for everything. */
@Module({})
export class AppModule {
  /** @param processingTime seconds of work per request */
  static forRoot(processingTime: number): DynamicModule {
    return {
      module: AppModule,
      controllers: [ProcessController],
      providers: [BusinessLogic, { provide: PROCESSING_TIME, useValue: processingTime }],
    };
  }
}
