import type { TaskContext } from '@balanza/tasks';
import { TaskHandler, type TaskHandlerProvider } from '@balanza/tasks/nest';
import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';

const MAX_TEXTS = 10_000;

// Whoever asked for the task reads these messages, in its `error`.
const payload = z.object({
  texts: z
    .array(z.string('must be text'), 'must be a list of texts')
    .max(MAX_TEXTS, `must be at most ${MAX_TEXTS} texts`),
});
const result = z.object({ words: z.int() });

type Payload = z.infer<typeof payload>;
type Result = z.infer<typeof result>;

/**
 * How a handler is written: `POST /longtask {"task": "count-words", "texts": ["one two", "three"]}` becomes a task that
 * ends with the result `{"words": 3}`.
 *
 * - The decorator's name is what clients send as `task`; add the class to the providers of a module, and that is all.
 * - The schemas give `handle` its types, and refuse what does not fit: such a task fails at once.
 * - Whatever `handle` throws is an error of the attempt, and there will be another one, after a growing pause, until
 *   `retries` are used up. Throw a `PermanentTaskError` where another attempt would fail as well.
 * - It runs at least once, so what it does elsewhere must bear repeating: `context.task_id` is the same each time.
 * - Look at `signal` wherever the work can be interrupted: the task may be cancelled, or its time may be up.
 */
@Injectable()
@TaskHandler('count-words', { payload, result, retries: 2, timeLimitS: 30 })
export class CountWordsHandler implements TaskHandlerProvider<Payload, Result> {
  async handle({ texts }: Payload, { signal, progress }: TaskContext): Promise<Result> {
    let words = 0;
    for (const [index, text] of texts.entries()) {
      signal.throwIfAborted();
      words += text.match(/\S+/g)?.length ?? 0;
      progress((index + 1) / texts.length);
      // Others get their turn.
      await setImmediate();
    }
    return { words };
  }
}
