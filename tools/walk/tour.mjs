import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long what the tour waits for may take, in ms: a task runs for 5 s, a killed process is back within two. */
const PATIENCE_MS = 60_000;
const POLL_MS = 300;

/**
 * @typedef {object} Tour
 * @property {import('./ports.mjs').WalkTopology} topology
 * @property {string} token
 * @property {string} runDirectory where the launcher keeps its record
 * @property {(line: string) => void} say
 */

/**
 * Asks what the tour of README.md asks, and compares the answers with what it shows.
 *
 * @param {Tour} tour
 * @throws {Error} where an answer is another
 */
export async function takeTour({ topology, token, runDirectory, say }) {
  const { entry, gateway, microserviceBalancer, workerBalancer, cache } = topology;
  const asDemo = { Authorization: `Bearer ${token}` };

  const miss = await ask(entry, '/data', asDemo);
  const hit = await ask(entry, '/data', asDemo);
  assert.deepEqual([miss.status, miss.body.cached, hit.status, hit.body.cached], [200, false, 200, true]);
  assert.equal(hit.body.data, miss.body.data);
  assert.notEqual(hit.body.from_instance, miss.body.from_instance);
  const kept = await ask(cache, '/cache/status');
  assert.deepEqual([kept.status, kept.body.my_data.valid], [200, true]);
  say('/data: a miss of one gateway, a hit of the next');

  const processed = await ask(entry, '/process', asDemo);
  const { message, processing_time: seconds } = processed.body;
  assert.deepEqual([processed.status, message, seconds], [200, 'Business logic executed', 0.2]);
  const { body: microservices } = await ask(microserviceBalancer, '/status');
  assert.deepEqual(weightsOf(microservices.microservices), [3, 2, 1]);
  say('/process: by the microservice of weight 3');

  const started = await ask(entry, '/longtask', asDemo, { report: 'november' });
  const location = `/longtask/${started.body.task_id}`;
  assert.deepEqual([started.status, started.body.status, started.location], [202, 'Started', location]);
  const { body: workers } = await ask(workerBalancer, '/status');
  assert.deepEqual(weightsOf(workers.workers), [1, 1]);
  const ended = await until(async () => {
    const { body } = await ask(entry, location, asDemo);
    return body.status === 'completed' ? body : undefined;
  });
  assert.deepEqual([ended.payload, ended.result], [{ report: 'november' }, { duration: 5 }]);
  say('/longtask: 202, and completed after 5 s');

  const refused = await ask(entry, '/data');
  assert.deepEqual([refused.status, refused.body], [403, { error: 'Missing token' }]);
  say('/data without a token: 403, and why');

  const instance = async () => (await ask(gateway, '/health/live')).body.instance;
  const before = await instance();
  process.kill(pidOf(runDirectory, `api-gateway:${gateway}`), 'SIGKILL');
  for (let count = 0; count < 6; count++) assert.equal((await ask(entry, '/data', asDemo)).status, 200);
  await until(async () => {
    const now = await instance().catch(() => before);
    return now === before ? undefined : now;
  });
  say('a killed gateway: the others answer, and it is back');
}

/**
 * @param {number} port
 * @param {string} path
 * @param {Readonly<Record<string, string>>} headers
 * @param {object} [json] posted if given
 * @returns {Promise<{ status: number; location: string | null; body: any }>}
 */
async function ask(port, path, headers = {}, json) {
  const post = { method: 'POST', body: JSON.stringify(json) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...(json === undefined ? {} : post),
    headers: { ...headers, ...(json === undefined ? {} : { 'Content-Type': 'application/json' }) },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const { status } = response;
  return { status, location: response.headers.get('location'), body: await response.json() };
}

/** @param {{ weight: number }[]} backends */
function weightsOf(backends) {
  return backends.map(({ weight }) => weight);
}

/**
 * Asks again and again until there is something.
 *
 * @template T
 * @param {() => Promise<T | undefined>} question
 * @returns {Promise<T>}
 */
async function until(question) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${question.toString()}`);
    await setTimeout(POLL_MS);
  }
}

/**
 * @param {string} runDirectory
 * @param {string} name
 * @returns {number}
 */
function pidOf(runDirectory, name) {
  const file = readdirSync(runDirectory).find((entry) => entry.endsWith('.json')) ?? '';
  const { replicas } = JSON.parse(readFileSync(join(runDirectory, file), 'utf8'));
  return replicas.find((/** @type {{ name: string }} */ replica) => replica.name === name).pid;
}
