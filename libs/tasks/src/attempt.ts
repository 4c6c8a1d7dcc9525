import type { TaskPayload } from '@balanza/contracts';

/** Which attempt of which task. */
export interface AttemptId {
  readonly task_id: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** An {@link AttemptId} as the key of a map. */
export function keyOf({ task_id, attempt }: AttemptId): string {
  return `${task_id} ${attempt}`;
}

/** One run of one task. What it writes counts only while it is the latest. */
export interface Attempt extends AttemptId {
  readonly payload: TaskPayload;
  /** How many attempts have ended with an error before. */
  readonly failures: number;
  /** Nothing is to run beside it: workers were lost while they ran its task. */
  readonly alone?: true;
}

/** How an attempt ended; `json` is its result, as it is stored, and `progress` what it said last, where it said something. */
export type Outcome =
  | { readonly status: 'completed'; readonly json: string; readonly progress?: number }
  | { readonly status: 'failed'; readonly error: string; readonly progress?: number }
  /** Failed, and is to be tried again after `delayMs`. */
  | { readonly status: 'queued'; readonly error: string; readonly delayMs: number };

/** A task as it comes in. */
export interface NewTask {
  readonly task_id: string;
  readonly payload: TaskPayload;
  /** The payload as JSON. */
  readonly json: string;
  readonly priority: number;
  /** Not to be run before; whether that has passed already is for the database to say. */
  readonly runAt: Date | null;
  readonly idempotencyKey: string | null;
  /** SHA-256 of `json`, where there is a key. */
  readonly bodyHash: Buffer | null;
  /** Whether it begins at once, in its first attempt. */
  readonly begins: boolean;
}
