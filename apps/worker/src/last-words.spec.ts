import type { Task } from '@balanza/contracts';
import { eventually, freePorts } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { useWorkers } from './testing/workers.js';

// The process runs what was built; the build is a dependency of these tests.
const built = (file: string) => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);
const SCRIPT = `
  import { main } from '@balanza/runtime';
  import { TaskDefinitions } from '@balanza/tasks';
  import { worker } from ${built('app.js')};
  import { leaveTasks, nameCulprit } from ${built('last-words.js')};

  const handlers = {
    exit: async () => process.exit(7),
    reject: () => new Promise(() => void Promise.reject(new Error('left behind'))),
    throw: () => new Promise(() => setTimeout(() => { throw new Error('out of nowhere'); }, 10)),
    unreadable: () => new Promise(() => void Promise.reject(Object.create(null))),
  };
  const configure = (nest) => {
    for (const [name, handle] of Object.entries(handlers)) nest.get(TaskDefinitions).add(name, { handle });
  };
  process.on('exit', nameCulprit);
  await main({ ...worker, create: (...args) => ({ ...worker.create(...args), configure }) }, leaveTasks);
`;

const { database, sql } = useWorkers();
const processes: { kill(signal: NodeJS.Signals): void }[] = [];
afterEach(() => processes.splice(0).forEach((child) => child.kill('SIGKILL')));

async function startProcess() {
  const [port = 0] = await freePorts(1);
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    cwd: new URL('..', import.meta.url),
    env: {
      PORT: String(port),
      DATABASE_URL: database().url,
      TASK_DURATION: '60',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.push(child);
  const [out, err, ended] = [text(child.stdout), text(child.stderr), once(child, 'exit')];
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), 60_000);
  const accept = async (payload: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/task`, { method: 'POST', headers, body: JSON.stringify(payload) });
    return ((await response.json()) as { task_id: string }).task_id;
  };
  return { accept, out, err, ended };
}

const states = () =>
  sql('SELECT task_id, status, interruptions, failures, error FROM tasks ORDER BY task_id') as Promise<
    (Pick<Task, 'task_id' | 'status' | 'error'> & { interruptions: number })[]
  >;

it.each(['reject', 'throw', 'unreadable'])(
  'a handler that does "%s" ends the process, and only its task counts the loss',
  async (does) => {
    const { accept, out, err, ended } = await startProcess();
    const neighbour = await accept({});
    const poison = await accept({ task: does });
    expect(await ended).toEqual([1, null]);
    const untouched = { status: 'queued', failures: 0, error: null };
    expect(await states()).toEqual([
      { task_id: neighbour, interruptions: 0, ...untouched },
      { task_id: poison, interruptions: 1, ...untouched },
    ]);
    expect(await out).toContain('An error that nothing catches ends the process');
    expect(await err).toBe(
      `worker: the handler of task ${poison}, attempt 1, ends the process with code 1\n`,
    );
  },
);

it('a handler that exits is named, and what ran is left as it was', async () => {
  const { accept, err, ended } = await startProcess();
  const poison = accept({ task: 'exit' }).catch(() => undefined);
  expect(await ended).toEqual([7, null]);
  await poison;
  const [task] = await states();
  expect(task).toMatchObject({ status: 'running', interruptions: 0 });
  expect(await err).toBe(
    `worker: the handler of task ${task?.task_id}, attempt 1, ends the process with code 7\n`,
  );
});
