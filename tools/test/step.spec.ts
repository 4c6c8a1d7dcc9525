import { eventually, temporaryFolder } from '@balanza/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runStep } from './step.ts';

const node = (script: string, ...args: string[]) =>
  [process.execPath, '-e', script, ...args].map((word) => `'${word}'`).join(' ');

it('tells whether a step succeeded, and what it printed', async () => {
  const { signal: abort } = new AbortController();
  const good = { name: 'good', command: 'echo fine' };
  expect(await runStep(good, { abort })).toEqual({ ok: true, output: 'fine\n' });
  const bad = { name: 'bad', command: 'echo oh && exit 3' };
  expect(await runStep(bad, { abort })).toEqual({ ok: false, output: 'oh\n' });
});

it('ends a step that is aborted', async () => {
  const step = { name: 'long', command: node('setTimeout(() => {}, 60_000)') };
  expect(await runStep(step, { abort: AbortSignal.timeout(100) })).toEqual({ ok: false, output: '' });
});

it('may be aborted when a step has ended and only something that it started holds its output', async () => {
  using folder = temporaryFolder();
  const marker = join(folder.path, 'alone');
  const starter = `
    require("node:child_process")
      .spawn(process.execPath, ["-e", process.argv[1], process.argv[2], process.pid], { detached: true, stdio: "inherit" })
      .unref();`;
  const started = `
    const watch = setInterval(() => {
      if (process.ppid === Number(process.argv[2])) return;
      clearInterval(watch);
      require("node:fs").writeFileSync(process.argv[1], "");
      setTimeout(() => console.log("end"), 300);
    }, 10);`;
  const abort = new AbortController();
  const result = runStep({ name: 'gone', command: node(starter, started, marker) }, { abort: abort.signal });
  await eventually(() => expect(existsSync(marker)).toBe(true));
  abort.abort();
  expect(await result).toEqual({ ok: true, output: 'end\n' });
});
