import { describe, expect, it } from 'vitest';
import { enqueue } from './testing/new-tasks.js';
import { accept, TaskRunners, type Handle } from './testing/task-runners.js';

const runners = new TaskRunners();

/** Handlers that end when the test says so, by the names in their payloads. */
function named() {
  const atWork: string[] = [];
  const ends = new Map<string, () => void>();
  const handle: Handle = async ({ name }) => {
    atWork.push(String(name));
    await new Promise<void>((resolve) => ends.set(String(name), resolve));
    atWork.splice(atWork.indexOf(String(name)), 1);
  };
  return { atWork, handle, end: (name: string) => ends.get(name)?.() };
}

const PATIENCE = { timeout: 15_000 };

/** Queues a task that was running when so many workers in a row were lost. */
async function suspect(name: string, losses = 2): Promise<string> {
  const id = await enqueue(runners.database.stores('aaaaaaaa').work, { name });
  await runners.database.pool.query('UPDATE tasks SET interruptions = $2 WHERE task_id = $1', [id, losses]);
  return id;
}

describe('a task that was running when two workers in a row were lost', () => {
  it('begins once nothing else runs, and nothing begins beside it', async () => {
    const { atWork, handle, end } = named();
    const runner = await runners.start({ concurrency: 3, handle });
    await accept(runner, { name: 'earlier' });
    const ids = [await suspect('first suspect'), await suspect('second suspect')];
    await runner.queuedFromOutside();
    ids.push(await accept(runner, { name: 'later' }), await accept(runner, { name: 'latest' }));
    await runner.queuedFromOutside();
    expect(atWork).toEqual(['earlier']);
    end('earlier');
    await expect.poll(() => atWork, PATIENCE).toEqual(['first suspect']);
    ids.push(await accept(runner, { name: 'last' }));
    await runner.queuedFromOutside();
    expect(atWork).toEqual(['first suspect']);
    end('first suspect');
    await expect.poll(() => atWork, PATIENCE).toEqual(['second suspect']);
    end('second suspect');
    await expect.poll(() => atWork.toSorted(), PATIENCE).toEqual(['last', 'later', 'latest']);
    for (const name of ['later', 'latest', 'last']) end(name);
    for (const id of ids) await runners.becomes(id, { status: 'completed' });
  });

  it('waits for those before it only: of those behind it, none begins first', async () => {
    const { atWork, handle, end } = named();
    const runner = await runners.start({ concurrency: 2, handle });
    await accept(runner, { name: 'earlier' });
    const urgent = await enqueue(runners.database.stores('aaaaaaaa').work, { name: 'urgent', priority: 5 });
    const id = await suspect('suspect');
    await runner.queuedFromOutside();
    await accept(runner, { name: 'later' });
    await expect.poll(() => atWork, PATIENCE).toEqual(['earlier', 'urgent']);
    end('urgent');
    await runners.becomes(urgent, { status: 'completed' });
    await runner.queuedFromOutside();
    expect(atWork).toEqual(['earlier']);
    end('earlier');
    await expect.poll(() => atWork, PATIENCE).toEqual(['suspect']);
    end('suspect');
    await runners.becomes(id, { status: 'completed' });
    await expect.poll(() => atWork, PATIENCE).toEqual(['later']);
    end('later');
  });
});

it('a task that was running when one worker was lost runs beside others', async () => {
  const { atWork, handle, end } = named();
  const runner = await runners.start({ concurrency: 2, handle });
  await accept(runner, { name: 'earlier' });
  await suspect('once', 1);
  await runner.queuedFromOutside();
  await expect.poll(() => atWork, PATIENCE).toEqual(['earlier', 'once']);
  end('earlier');
  end('once');
});
