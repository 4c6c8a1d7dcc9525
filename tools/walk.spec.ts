import { isolatedEnvironment, processOutput } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './stack/workspace.ts';

it('npm start, the tour of README.md and npm run stop: all is as it says, and no port is left', async () => {
  const environment = isolatedEnvironment(ROOT, { LOG_FORMAT: 'json' });
  // Nx may run this test, and is run by npm start: that is no task within a task.
  const outside = Object.entries(environment).filter(([name]) => !name.startsWith('NX_'));
  // Nx takes outputs away before it restores them from its cache: other tests run what is built.
  const env = { ...Object.fromEntries(outside), NX_SKIP_NX_CACHE: 'true' };
  const walk = spawn(process.execPath, [join(ROOT, 'tools', 'walk.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, output } = await processOutput(walk).ended;
  const said = output.split('\n').filter((line) => line.startsWith('walk: '));
  expect({ code, said, problem: code === 0 ? '' : output }).toEqual({
    code: 0,
    problem: '',
    said: [
      'walk: npm start',
      'walk: /data: a miss of one gateway, a hit of the next',
      'walk: /process: by the microservice of weight 3',
      'walk: /longtask: 202, and completed after 5 s',
      'walk: /data without a token: 403, and why',
      'walk: a killed gateway: the others answer, and it is back',
      'walk: npm run stop',
      'walk: npm run stop ended with 0, npm start with 0',
      'walk: no port and no process is left',
      'walk: everything is as README.md says',
    ],
  });
}, 400_000);
