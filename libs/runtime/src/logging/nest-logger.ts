import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Lets Nest's own messages go through the process's logger. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Nest announces every route and module; that is of interest only when debugging. */
  log(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  /** Nest passes the context last, and for errors a stack before it. */
  #write(level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    const err = message instanceof Error ? message : undefined;
    this.#logger[level]({ context, stack, err }, err === undefined ? String(message) : err.message);
  }
}
