import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { setTimeout } from 'node:timers/promises';

const PAYLOAD = JSON.stringify({ from: 'chaos' });
const PAUSE_AFTER_REFUSAL_MS = 100;
const REQUEST_TIMEOUT_MS = 15_000;

/** What clients have sent and heard. */
export interface Accepted {
  /** The ids of all answers 202. */
  readonly ids: Set<string>;
  /** Answers by status; 0 for those that did not come. */
  readonly answers: Map<number, number>;
}

/** How tasks are posted. */
export interface Posting {
  /** How many have to be accepted. */
  readonly wanted: number;
  readonly perSecond: number;
  readonly clients: number;
  /** Tasks go on coming until this is aborted, also when enough have been accepted. */
  readonly atLeastUntil: AbortSignal;
}

/** Posts tasks from several clients, at a steady pace, until as many as are wanted have been accepted. */
export async function postTasks(
  url: string,
  { wanted, perSecond, clients, atLeastUntil }: Posting,
): Promise<Accepted> {
  const token = await mintToken({ secret: DEVELOPMENT_SECRET, subject: 'chaos', expiresIn: 86_400 });
  const accepted: Accepted = { ids: new Set(), answers: new Map() };
  // One after another, not all at once.
  const client = async (_: unknown, index: number) => {
    await setTimeout((index / perSecond) * 1000);
    while (accepted.ids.size < wanted || !atLeastUntil.aborted) {
      const pause = setTimeout((clients / perSecond) * 1000);
      const { status, id } = await post(url, token);
      accepted.answers.set(status, (accepted.answers.get(status) ?? 0) + 1);
      if (id !== undefined) accepted.ids.add(id);
      else await setTimeout(PAUSE_AFTER_REFUSAL_MS);
      await pause;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return accepted;
}

async function post(url: string, token: string): Promise<{ readonly status: number; readonly id?: string }> {
  try {
    const response = await fetch(`${url}/longtask`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: PAYLOAD,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const body = (await response.json()) as { task_id: string };
    return response.status === 202 ? { status: 202, id: body.task_id } : { status: response.status };
  } catch {
    return { status: 0 };
  }
}
