import type { Command, FlowController, Logger } from 'concurrently';
import { delay, filter } from 'rxjs';

/** How a {@link KeepRunning} decides. */
export interface KeepRunningOptions {
  readonly logger: Logger;
  /** How long a process that ended stays down, in ms. */
  readonly delay: number;
  /** Whether everything is to end, so that nothing is started again. */
  readonly isStopping: () => boolean;
}

/**
 * Starts again whatever ends, also what ended well (by `kill`, say), until the stack is being stopped. concurrently's
 * own `RestartProcess` takes exit code 0 as "done", and cannot be told to leave off.
 */
export class KeepRunning implements FlowController {
  readonly #options: KeepRunningOptions;

  constructor(options: KeepRunningOptions) {
    this.#options = options;
  }

  handle(commands: Command[]): { commands: Command[] } {
    const { logger, delay: pause, isStopping } = this.#options;
    for (const command of commands) {
      // The stop may begin during the pause.
      const restart = command.close.pipe(
        delay(pause),
        filter(() => !isStopping()),
      );
      restart.subscribe(() => {
        logger.logCommandEvent(`${command.command} restarted`, command);
        command.start();
      });
    }
    return { commands };
  }
}
