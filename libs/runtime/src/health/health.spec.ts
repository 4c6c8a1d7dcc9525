import { afterEach, describe, expect, it, vi } from 'vitest';
import { startSample } from '../testing/sample-app.js';
import { Readiness } from './readiness.js';

describe('health and metrics', () => {
  it('is live and ready when every check passes, and says why when one fails', async () => {
    await using app = await startSample();
    const { instance } = app.context;
    const problem: { reason?: string } = {};
    app.nest
      .get(Readiness)
      .register('database', () =>
        problem.reason === undefined ? Promise.resolve() : Promise.reject(new Error(problem.reason)),
      );
    const ok = { status: 'ok', app: 'microservice', instance };
    expect(await (await fetch(`${app.url}/health/ready`)).json()).toEqual(ok);
    problem.reason = 'no connection';
    const ready = await fetch(`${app.url}/health/ready`);
    expect([ready.status, ready.headers.get('retry-after'), await ready.json()]).toEqual([
      503,
      '1',
      {
        error: 'Not ready: database: no connection',
        details: [{ field: 'database', message: 'no connection' }],
      },
    ]);
    expect(await (await fetch(`${app.url}/health/live`)).json()).toEqual(ok);
  });

  it('names the process in the head, also while it is not ready', async () => {
    await using app = await startSample();
    const { instance } = app.context;
    const named = async (path: string) => {
      const response = await fetch(`${app.url}${path}`);
      return [response.status, response.headers.get('x-balanza-instance')];
    };
    expect([await named('/health/live'), await named('/health/ready')]).toEqual([
      [200, instance],
      [200, instance],
    ]);
    app.nest.get(Readiness).register('database', () => Promise.reject(new Error('no connection')));
    expect(await named('/health/ready')).toEqual([503, instance]);
  });

  it('counts requests by route pattern', async () => {
    await using app = await startSample();
    await fetch(`${app.url}/items/1`);
    await fetch(`${app.url}/items/2`);
    const answer = await fetch(`${app.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toMatch(
      /^http_server_request_duration_seconds_count\{.*method="GET",route="\/items\/:id",status="200".*\} 2$/m,
    );
  });
});

describe('a check that does not end', () => {
  afterEach(() => void vi.useRealTimers());

  it('is a reason not to be ready, which is said within 5 s', async () => {
    vi.useFakeTimers();
    const readiness = new Readiness();
    const hangs = Promise.withResolvers<void>();
    readiness.register('database', () => hangs.promise);
    readiness.register('cache', () => Promise.resolve());
    const said = vi.fn<(problems: Record<string, string>) => void>();
    void readiness.problems().then(said);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(said.mock.calls).toEqual([[{ database: 'no response within 4 s' }]]);
    hangs.reject(new Error('too late to matter'));
  });
});

describe('service token', () => {
  const token = 'a-token-of-at-least-thirty-two-bytes!';

  it('keeps everybody out who does not know it, but for probes', async () => {
    await using app = await startSample({ SERVICE_TOKEN: token });
    const answer = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(app.url + path, { headers });
      return [response.status, await response.json()];
    };
    const refused = { error: 'This is an internal service: x-balanza-service-token is missing or wrong' };
    expect(await answer('/items/1')).toEqual([403, refused]);
    expect(await answer('/items/1', { 'x-balanza-service-token': 'wrong' })).toEqual([403, refused]);
    expect(await answer('/items/1', { 'x-balanza-service-token': token })).toEqual([200, { id: '1' }]);
    expect((await answer('/health/ready'))[0]).toBe(200);
  });

  it('is demanded in production where an internal service listens beyond loopback', async () => {
    const environment = { NODE_ENV: 'production', HOST: '0.0.0.0' };
    await expect(startSample(environment)).rejects.toThrow(
      'HOST=0.0.0.0: this is an internal service; in production it listens beyond loopback only with SERVICE_TOKEN set',
    );
    await expect(startSample({ ...environment, SERVICE_TOKEN: 'short' })).rejects.toThrow(
      'SERVICE_TOKEN must have at least 32 bytes in production',
    );
  });
});
