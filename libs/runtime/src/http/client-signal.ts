import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/**
 * A controller parameter: an `AbortSignal` that fires when the client goes away before it has its answer, so that
 * work nobody waits for can stop. (Fastify's own `request.signal` listens to the request's `close`, which for a
 * request with a body comes as soon as the body is read.)
 */
export const ClientSignal = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal => {
  const { raw } = context.switchToHttp().getResponse<FastifyReply>();
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
});
