import { BearerGuard } from '@balanza/auth';
import { dataAnswer } from '@balanza/contracts';
import { CacheRules, TtlCacheInterceptor } from '@balanza/ttl-cache/nest';
import { CacheKey } from '@nestjs/cache-manager';
import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../openapi/api-errors.decorator.js';
import { BEARER_SCHEME } from '../openapi/document.js';
import { DataAnswerInterceptor } from './data-answer.interceptor.js';
import { DataService } from './data.service.js';

/** Where every gateway looks for the data, and any of them may have left it. */
const DATA_KEY = 'my_data';

/** `GET /data`: slow data made quick by the TTL cache. */
@ApiTags('gateway')
@ApiBearerAuth(BEARER_SCHEME)
@Controller('data')
@UseGuards(BearerGuard)
export class DataController {
  constructor(private readonly data: DataService) {}

  @Get()
  @UseInterceptors(DataAnswerInterceptor, TtlCacheInterceptor)
  @CacheKey(DATA_KEY)
  @CacheRules({ accepts: (value) => typeof value === 'string' })
  @ApiOperation({
    summary: 'Data from the TTL cache, or on a miss from the database',
    description:
      'The first answer after a miss takes as long as the database, about 0.5 s; every gateway then answers from the ' +
      'cache for 30 s. While the database is down, the last value known is answered.',
  })
  @ApiOkResponse({
    description: 'The data',
    standardSchema: dataAnswer,
    example: { cached: true, data: 'Fetched fresh data from DB at 12:34:56', from_instance: '1f0c9a7e' },
  })
  @ApiErrors('The database service', 403, 502, 503, 504)
  read(): Promise<string> {
    return this.data.read();
  }
}
