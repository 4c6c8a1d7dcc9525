import { startApp } from '@balanza/runtime';
import { freePorts, temporaryFolder } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { microservice } from './app.js';

async function start(environment: Record<string, string>) {
  const app = await startApp(microservice, { LOG_LEVEL: 'silent', LOG_FORMAT: 'json', ...environment });
  const url = `http://127.0.0.1:${app.context.port}`;
  return { ...app, url, [Symbol.asyncDispose]: () => app.stop() };
}

/** A topology with one microservice, which takes `processingTime` seconds. */
async function topologyWith(
  folder: { write(name: string, content: string): string },
  processingTime?: number,
) {
  const [port] = await freePorts(1);
  const replica = { port, ...(processingTime === undefined ? {} : { processingTime }) };
  return { BALANZA_CONFIG: folder.write('t.json', JSON.stringify({ apps: { microservice: [replica] } })) };
}

describe('microservice', () => {
  it('answers after the time that the topology gives its port', async () => {
    using folder = temporaryFolder();
    await using app = await start(await topologyWith(folder, 0.25));
    const startedAt = performance.now();
    const response = await fetch(`${app.url}/process`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { message: 'Business logic executed', instance: app.context.instance, processing_time: 0.25 },
    ]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(249);
    expect(app.context.instance).toMatch(/^[0-9a-f]{8}$/);
  });

  it('takes PROCESSING_TIME before the topology, and 1 s where neither says anything', async () => {
    using folder = temporaryFolder();
    const environment = await topologyWith(folder, 5);
    await using fast = await start({ ...environment, PROCESSING_TIME: '0' });
    expect(await (await fetch(`${fast.url}/process`)).json()).toMatchObject({ processing_time: 0 });
    await using unnamed = await start(await topologyWith(folder));
    expect(await (await fetch(`${unnamed.url}/process`)).json()).toMatchObject({ processing_time: 1 });
  });

  it('serves requests side by side', async () => {
    using folder = temporaryFolder();
    await using app = await start(await topologyWith(folder, 1));
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${app.url}/process`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(performance.now() - startedAt).toBeLessThan(20 * 1_000);
  });

  it('refuses a processing time that makes no sense', async () => {
    await expect(start({ PROCESSING_TIME: '-1' })).rejects.toThrow(
      'PROCESSING_TIME=-1: must be from 0 to 3600',
    );
  });
});
