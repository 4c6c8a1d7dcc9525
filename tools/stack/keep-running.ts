import type { CloseEvent, Command, FlowController } from 'concurrently';
import { map } from 'rxjs';

/**
 * Makes concurrently's `RestartProcess`, which comes after it, start again whatever ends, also what ended well (by
 * `kill`, say), until the stack is being stopped; from then on nothing is started.
 */
export class KeepRunning implements FlowController {
  readonly #isStopping: () => boolean;

  constructor(isStopping: () => boolean) {
    this.#isStopping = isStopping;
  }

  handle(commands: Command[]): { commands: Command[] } {
    return { commands: commands.map((command) => this.#keep(command)) };
  }

  #keep(command: Command): Command {
    // RestartProcess takes exit code 0 as "done" and any other as "start again".
    const close = command.close.pipe(
      map((event: CloseEvent): CloseEvent => ({ ...event, exitCode: this.#isStopping() ? 0 : 'ended' })),
    );
    const start = () => {
      // The pause before a restart may have begun before the stop did.
      if (!this.#isStopping()) command.start();
    };
    return new Proxy(command, {
      get(target, property) {
        if (property === 'close') return close;
        if (property === 'start') return start;
        return Reflect.get(target, property, target) as unknown;
      },
    });
  }
}
