import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';

/** Injection token: seconds of work per request. */
export const PROCESSING_TIME = Symbol('PROCESSING_TIME');

/** Stands for the work that a real microservice does. */
@Injectable()
export class BusinessLogic {
  constructor(@Inject(PROCESSING_TIME) private readonly processingTime: number) {}

  /** @returns the seconds it took */
  async execute(): Promise<number> {
    await setTimeout(this.processingTime * 1000);
    return this.processingTime;
  }
}
