import type { DataAnswer } from '@balanza/contracts';
import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { cacheOutcome } from '@balanza/ttl-cache/nest';
import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Says around the data whether it came from the cache, and who answers. Goes outside the cache's interceptor. */
@Injectable()
export class DataAnswerInterceptor implements NestInterceptor<string, DataAnswer> {
  constructor(@Inject(PROCESS_CONTEXT) private readonly context: ProcessContext) {}

  intercept(context: ExecutionContext, next: CallHandler<string>): Observable<DataAnswer> {
    return next.handle().pipe(
      map((data) => ({
        cached: (cacheOutcome(context) ?? 'miss') !== 'miss',
        data,
        from_instance: this.context.instance,
      })),
    );
  }
}
