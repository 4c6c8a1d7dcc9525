import type { TaskPayload } from '@balanza/contracts';
import { SetMetadata } from '@nestjs/common';
import type { TaskContext, TaskDefinition } from '../task-definition.js';

/** What is to be known of a handler beside its method. */
export type TaskHandlerOptions<Payload, Result> = Omit<TaskDefinition<Payload, Result>, 'handle'>;

/** A provider that does the tasks of one name; see {@link TaskHandler}. */
export interface TaskHandlerProvider<Payload = TaskPayload, Result = unknown> {
  handle(payload: Payload, context: TaskContext): Promise<Result>;
}

/** What the decorator leaves on the class. */
export interface TaskHandlerMetadata {
  readonly name: string;
  readonly options: TaskHandlerOptions<unknown, unknown>;
}

/** Under which a class keeps what {@link TaskHandler} says of it. */
export const TASK_HANDLER_METADATA = 'balanza:task-handler';

/**
 * Makes a Nest provider the handler of the tasks whose payload says `"task": "<name>"`. The class must have the method of
 * {@link TaskHandlerProvider} that fits the schemas, or it does not compile.
 *
 * @param name unique in the application
 */
export function TaskHandler<Payload = TaskPayload, Result = unknown>(
  name: string,
  options: TaskHandlerOptions<Payload, Result> = {},
): (target: new (...dependencies: never[]) => TaskHandlerProvider<Payload, Result>) => void {
  return SetMetadata(TASK_HANDLER_METADATA, { name, options } satisfies {
    name: string;
    options: TaskHandlerOptions<Payload, Result>;
  });
}
