import { freePorts, eventually, isolatedEnvironment } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import { LATER } from './contestants.ts';
import type { StartContestant } from './contestant.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MANY = '10000000';

/** A worker of this system in a process of its own, which clients ask over HTTP, each on a connection of its own. */
export const balanzaOverHttp: StartContestant = async ({ url, connections }) => {
  const [port = 0, closed = 0] = await freePorts(2);
  const worker = spawn(process.execPath, [join(ROOT, 'apps', 'worker', 'dist', 'main.js')], {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, {
      PORT: String(port),
      DATABASE_URL: url,
      EVENTS_URL: `tcp://127.0.0.1:${closed}`,
      LOG_LEVEL: 'silent',
      TASK_POOL_SIZE: String(connections),
      TASK_QUEUE_LIMIT: MANY,
      TASK_TOTAL_LIMIT: MANY,
    }),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (!(await fetch(`${origin}/health/ready`)).ok) throw new Error('the worker is not ready');
  }, 20_000);
  const clients = new Pool(origin, { connections: 200 });
  return {
    name: 'balanza over HTTP',
    process: worker.pid ?? 0,
    async accept(payload) {
      const { statusCode, body } = await clients.request({
        method: 'POST',
        path: '/task',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...payload, run_at: LATER }),
      });
      const answer = await body.text();
      if (statusCode !== 202) throw new Error(`${statusCode} ${answer}`);
    },
    done: () => 0,
    async stop() {
      await clients.destroy();
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    },
  };
};
