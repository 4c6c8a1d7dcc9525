import { isFinal, taskStatus, type TaskStatus } from './task.js';

/** Header by which a client that comes back to an event stream names the last event that it has (WHATWG HTML, section 9.2.4). */
export const LAST_EVENT_ID_HEADER = 'last-event-id';

/** Of `GET /tasks/:task_id/events` of a worker and `GET /longtask/:task_id/events` of a gateway. */
export const TASK_EVENT = 'task';

/** The id of the event for one state of a task: the same, whichever worker tells it. @param version of the state */
export function taskEventId(version: string, status: TaskStatus): string {
  return `${version}-${status}`;
}

/** Whether no event follows the one with this id, unless its task is redriven. */
export function isFinalEvent(id: string): boolean {
  const { success, data } = taskStatus.safeParse(id.slice(id.lastIndexOf('-') + 1));
  return success && isFinal(data);
}
