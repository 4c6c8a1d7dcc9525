import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { Readiness } from './health/readiness.js';
import { gate, startSample } from './testing/sample-app.js';

describe('shutdown', () => {
  it('turns not ready, finishes what is in flight, and takes no new connection', async () => {
    const app = await startSample();
    const slow = fetch(`${app.url}/slow`);
    await eventually(() => expect(gate.entered).toBe(1));
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    const stopped = app.stop();
    expect(await app.nest.get(Readiness).problems()).toEqual({ shutdown: 'shutting down' });
    await eventually(() => expect(fetch(`${app.url}/health/live`)).rejects.toThrow('fetch failed'));
    gate.open.resolve();
    expect(await (await slow).json()).toEqual({ slow: 'done' });
    await stopped;
  });

  it('cuts what is still in flight after SHUTDOWN_TIMEOUT', async () => {
    gate.open = Promise.withResolvers();
    gate.entered = 0;
    const app = await startSample({ SHUTDOWN_TIMEOUT: '0.2' });
    const slow = fetch(`${app.url}/slow`);
    slow.catch(() => undefined);
    await eventually(() => expect(gate.entered).toBe(1));
    await app.stop();
    await expect(slow).rejects.toThrow('fetch failed');
    gate.open.resolve();
  });
});
