import type { DatabaseAnswer } from '@balanza/contracts';
import { Controller, Get } from '@nestjs/common';
import { DatabaseService } from './database.service.js';

/** `GET /db`: what the gateways cache. */
@Controller('db')
export class DatabaseController {
  constructor(private readonly database: DatabaseService) {}

  @Get()
  async read(): Promise<DatabaseAnswer> {
    return { message: `Fetched fresh data from DB at ${await this.database.readTime()}` };
  }
}
