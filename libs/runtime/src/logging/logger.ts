import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { ProcessContext } from '../process-context.js';
import { requestContext } from '../request-context.js';
import { LineLimiter } from './line-limiter.js';

export type { Logger } from 'pino';

/** Headers whose values never reach a log. */
const REDACTED = ['req.headers.authorization', 'req.headers.cookie', 'authorization', 'token'];

/**
 * The one logger of a process: JSON lines in production, readable lines otherwise (`LOG_FORMAT` decides).
 * A line written while a request is being answered carries its `request_id`. Warnings that say the same are held back
 * ({@link LineLimiter}), but for the audit, and for single requests where `ACCESS_LOG` asks for each.
 */
export function createLogger(
  { app, instance, port, config }: ProcessContext,
  destination: DestinationStream = process.stdout,
): Logger {
  const format = config.LOG_FORMAT ?? (config.NODE_ENV === 'production' ? 'json' : 'pretty');
  const limiter = new LineLimiter((fields) => 'audit' in fields || (config.ACCESS_LOG && 'status' in fields));
  return pino(
    {
      level: config.LOG_LEVEL,
      base: { app, instance, port },
      redact: REDACTED,
      hooks: {
        logMethod(args, method, level) {
          limiter.write(this, args, method, level);
        },
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => {
        const request = requestContext.getStore();
        return request === undefined ? {} : { request_id: request.requestId };
      },
    },
    format === 'json'
      ? destination
      : pretty({
          destination,
          ignore: 'app,instance,port',
          singleLine: true,
          translateTime: 'SYS:HH:MM:ss.l',
        }),
  );
}
