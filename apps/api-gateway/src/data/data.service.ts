import { databaseAnswer } from '@balanza/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { expectAnswer } from '../upstreams/expect-answer.js';
import { UPSTREAMS } from '../upstreams/upstreams.module.js';
import type { Upstreams } from '../upstreams/upstreams.js';

/** Reads the data where it comes from, past every cache. */
@Injectable()
export class DataService {
  constructor(@Inject(UPSTREAMS) private readonly upstreams: Upstreams) {}

  /** Reads from the database service. Takes no client's signal: others may wait for the same answer. */
  async read(): Promise<string> {
    const answer = await this.upstreams.database.call({ method: 'GET', path: '/db' });
    return expectAnswer(databaseAnswer, answer, 'The database service').message;
  }
}
