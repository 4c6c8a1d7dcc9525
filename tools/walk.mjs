/**
 * `node tools/walk.mjs`: what a newcomer does first, on any system: `npm start`, the tour of README.md, `npm run stop`. It ends with 1 unless
 * everything is as README says, and no port is left taken. The stack has ports, data and records of its own, so that it is disturbed
 * by nothing that runs, such as AirPlay on port 5000 of macOS. It runs on the machine's Node, before anything is installed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNpm } from './walk/npm.mjs';
import { isTaken, writeTopology } from './walk/ports.mjs';
import { takeTour } from './walk/tour.mjs';

/** How long `npm start` may take, installation and build included, in ms. */
const START_MS = 900_000;
const STOP_MS = 60_000;

const say = (/** @type {string} */ line) => void process.stdout.write(`walk: ${line}\n`);

async function walk(/** @type {string} */ folder) {
  const topology = await writeTopology(folder);
  const env = { BALANZA_CONFIG: topology.file, BALANZA_RUN_DIR: join(folder, 'run') };
  say('npm start');
  const stack = startNpm('start', env);
  /** @type {unknown} */
  let failure;
  try {
    await stack.says('Balanza is ready.', START_MS);
    const token = startNpm('run --silent token -- --sub demo --expires 1h', env);
    assert.equal(await token.code(STOP_MS), 0);
    await takeTour({ topology, token: token.output().trim(), runDirectory: env.BALANZA_RUN_DIR, say });
  } catch (error) {
    failure = error;
  }
  say('npm run stop');
  const stop = startNpm('run stop', env);
  const stopCode = await stop.code(STOP_MS);
  // An npm start that still installs or builds has no launcher that could be told.
  const startCode = await stack.code(STOP_MS).catch(() => {
    stack.kill();
    return null;
  });
  if (failure !== undefined) throw failure;
  say(`npm run stop ended with ${stopCode}, npm start with ${startCode ?? 'no code'}`);
  assert.deepEqual([stopCode, startCode], [0, 0]);
  assert.match(
    stop.output(),
    /\nStopped:\n {2}launcher \(process \d+\)\n[^]*\n {2}PostgreSQL \(process \d+\)\n$/,
  );
  assert.match(stack.output(), /\nnpm run stop: stopping everything\n[^]*\nStopped\.\n$/);
  assert.deepEqual(
    await Promise.all(topology.ports.map(isTaken)),
    topology.ports.map(() => false),
    'no port is taken any more',
  );
  const again = startNpm('run stop', env);
  assert.equal(await again.code(STOP_MS), 0);
  assert.match(again.output(), /Nothing to stop\.\n$/);
  say('no port and no process is left');
}

const folder = mkdtempSync(join(tmpdir(), 'balanza-walk-'));
try {
  await walk(folder);
  say('everything is as README.md says');
} catch (error) {
  process.stderr.write(`walk: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
