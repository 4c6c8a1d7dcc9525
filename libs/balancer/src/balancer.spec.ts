import { Readiness } from '@balanza/runtime';
import { eventually, freePorts, httpUpstream, rawExchange } from '@balanza/testing';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { namedBackend, startBalancer } from './testing/balancer.js';

const read = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();
const status = async (url: string) => (await fetch(`${url}/status`)).json();

describe('a balancer app', () => {
  it('does not start where it would send requests to itself, and says what to do', async () => {
    const [port = 0] = await freePorts(1);
    const itself = 'is this balancer itself, which listens on port';
    const environment = { PORT: String(port) };
    await expect(
      startBalancer('load-balancer', [{ url: `http://localhost:${port}` }], { environment }),
    ).rejects.toThrow(
      `http://localhost:${port} ${itself} ${port} of 127.0.0.1; ` +
        'name another backend in the file of BALANZA_CONFIG, or set PORT',
    );
    // The port that it was refused for is free.
    await using backend = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [backend], { environment });
    expect(await read(`http://127.0.0.1:${balancer.context.port}`)).toBe('a');
  });

  it('that shuts down serves on, and ends each connection with its next response', async () => {
    await using backend = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [backend]);
    const kept = connect(balancer.port, '127.0.0.1');
    let received = '';
    kept.on('data', (chunk: Buffer) => (received += chunk.toString()));
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
    kept.write(post);
    await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\na$/));
    expect(received).not.toMatch(/\r\nconnection: close/i);

    balancer.nest.get(Readiness).drain();
    received = '';
    kept.write(post);
    await eventually(() => expect(kept.closed || kept.readableEnded).toBe(true));
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: close\r\n[^]*\r\na$/i);
    expect(await rawExchange(balancer.port, post)).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: close\r\n/i,
    );
    const ready = await rawExchange(balancer.port, 'GET /-/health/ready HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(ready).toMatch(/^HTTP\/1\.1 503 [^]*\r\nx-balanza-draining: true\r\n/i);
  });

  it('rotates strictly over its backends and shows it', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a, b]);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await read(`${balancer.url}/any/path`));
    expect(answers).toEqual(['a', 'b', 'a', 'b', 'a']);
    const entry = {
      instance: null,
      weight: 1,
      active_connections: 0,
      in_flight: 0,
      errors: 0,
      retries: 0,
      queue: 0,
      mode: 'ready',
      state: 'up',
      reason: null,
      since: null,
      ejected_until: null,
      latency: { p50: expect.any(Number), p90: expect.any(Number), p99: expect.any(Number) },
      last_check: { at: expect.any(String), ok: true, detail: 'connected', duration: expect.any(Number) },
    };
    await eventually(async () =>
      expect(await status(balancer.url)).toEqual({
        gateways: [
          { url: a.url, ...entry, requests: 3, share: 0.6 },
          { url: b.url, ...entry, requests: 2, share: 0.4 },
        ],
      }),
    );
  });

  it('weighs its backends and shows the current weights', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('lb-microservices', [
      { url: a.url, weight: 2 },
      { url: b.url, weight: 1 },
    ]);
    expect([await read(balancer.url), await read(balancer.url)]).toEqual(['a', 'b']);
    expect(await status(balancer.url)).toMatchObject({
      microservices: [
        { url: a.url, weight: 2, current: 1 },
        { url: b.url, weight: 1, current: -1 },
      ],
    });
  });

  it('keeps /status and /-/… for itself and hands everything else on, in any method', async () => {
    await using backend = await httpUpstream((request, response) =>
      response.end(`${request.method} ${request.url}`),
    );
    await using balancer = await startBalancer('load-balancer', [backend]);
    expect(await read(`${balancer.url}/status/x?y`, { method: 'PUT' })).toBe('PUT /status/x?y');
    expect(await read(`${balancer.url}/health/live`, { method: 'OPTIONS' })).toBe('OPTIONS /health/live');
    expect(await read(`${balancer.url}/statuses`)).toBe('GET /statuses');
    expect(await (await fetch(`${balancer.url}/-/health/ready`)).json()).toEqual({
      status: 'ok',
      app: 'load-balancer',
      instance: balancer.context.instance,
    });
    const own = async (path: string, method: string) => {
      const answer = await fetch(balancer.url + path, { method });
      return [answer.status, answer.headers.get('allow'), await answer.json()];
    };
    expect(await own('/status', 'POST')).toEqual([
      405,
      'GET, HEAD',
      { error: 'POST is not allowed here; use GET, HEAD' },
    ]);
    expect(await own('/-/nothing', 'GET')).toEqual([
      404,
      null,
      { error: 'There is nothing at GET /-/nothing; see /-/docs for what there is' },
    ]);
    expect(await read(`${balancer.url}/-/metrics`)).toMatch(
      new RegExp(`^balanza_backend_requests_total\\{backend="${backend.url}",status="200",.*\\} 3$`, 'm'),
    );
  });

  it('counts for Prometheus what its backends do and how they are', async () => {
    const [port = 0] = await freePorts(1);
    await using a = await namedBackend('a');
    const gone = `http://127.0.0.1:${port}`;
    await using balancer = await startBalancer('load-balancer', [{ url: gone, weight: 4 }, a], {
      // So that it is the request that finds out.
      settings: { health: { check: 'off' } },
    });
    expect(await read(balancer.url)).toBe('a');
    await eventually(async () => {
      const lines = (await read(`${balancer.url}/-/metrics`)).split('\n');
      const valuesOf = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}{`))
          .map((line) => line.replace(/,?(app|instance)="[^"]*"/g, '').slice(name.length));
      expect(
        ['state', 'weight', 'in_flight', 'errors_total'].map((name) => valuesOf(`balanza_backend_${name}`)),
      ).toEqual([
        [
          `{backend="${gone}",state="up"} 0`,
          `{backend="${gone}",state="down"} 1`,
          `{backend="${gone}",state="ejected"} 0`,
          `{backend="${a.url}",state="up"} 1`,
          `{backend="${a.url}",state="down"} 0`,
          `{backend="${a.url}",state="ejected"} 0`,
        ],
        [`{backend="${gone}"} 4`, `{backend="${a.url}"} 1`],
        [`{backend="${gone}"} 0`, `{backend="${a.url}"} 0`],
        [`{backend="${gone}"} 1`, `{backend="${a.url}"} 0`],
      ]);
      expect(valuesOf('balanza_backend_retries_total')).toHaveLength(2);
      expect(valuesOf('balanza_queue_length')).toEqual(['{} 0']);
      expect(valuesOf('balanza_request_body_bytes_total')).toEqual([
        `{backend="${gone}"} 0`,
        `{backend="${a.url}"} 0`,
      ]);
      expect(valuesOf('balanza_response_body_bytes_total').at(1)).toBe(`{backend="${a.url}"} 1`);
      for (const name of ['backend_connect_seconds', 'backend_head_seconds', 'request_duration_seconds']) {
        // The last bucket is that of all.
        expect(valuesOf(`balanza_${name}_bucket`).at(-1)).toMatch(/le="\+Inf".*\} 1$/);
        expect(valuesOf(`balanza_${name}_count`)).toEqual([
          `{backend="${gone}"} 0`,
          `{backend="${a.url}"} 1`,
        ]);
      }
    });
  });

  it('answers 307 with the same choice of backend in redirect mode', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a, b], {
      environment: { BALANCER_MODE: 'redirect' },
    });
    const locations = [];
    for (let i = 0; i < 3; i++) {
      const answer = await fetch(`${balancer.url}/data?x=1`, { redirect: 'manual' });
      locations.push([answer.status, answer.headers.get('location')]);
    }
    expect(locations).toEqual([a, b, a].map(({ url }) => [307, `${url}/data?x=1`]));
    expect(await read(balancer.url)).toBe('b');
  });

  it('names the variable when the environment is wrong', async () => {
    await expect(
      startBalancer('load-balancer', [{ url: 'http://127.0.0.1:1' }], {
        environment: { BALANCER_MODE: 'nat' },
      }),
    ).rejects.toThrow('BALANCER_MODE=nat: must be proxy or redirect');
  });
});
