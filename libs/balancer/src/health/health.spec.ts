import { eventually, freePorts, httpUpstream, rawUpstream } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { control, namedBackend, startBalancer, type StartedBalancer } from '../testing/balancer.js';

const health = { path: '/ready', interval: 0.1, fastInterval: 0.1, timeout: 0.2, fall: 2, rise: 2 };
const settings = { health, slowStart: { window: 0 } };

async function statusOf(balancer: StartedBalancer) {
  const body = (await (await fetch(`${balancer.url}/status`)).json()) as {
    gateways: { state: string; reason: string | null; last_check: { ok: boolean; detail: string } | null }[];
  };
  return body.gateways.map(({ state, reason, last_check: check }) => [state, reason, check?.detail]);
}

const ask = async (url: string) => {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
};

/** A server on a port that is known before. */
function listenOn(port: number): Promise<Server & AsyncDisposable> {
  const server = createServer((_request, response) => response.end('back'));
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

/** A backend in a process of its own, which can be paused as a whole. */
async function processBackend() {
  const code = `const server = require('node:http').createServer((_, response) => response.end('process'));
    server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    pause: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

describe('active checks', () => {
  it('leave out at once a backend that says that it shuts down', async () => {
    let leaves = false;
    await using a = await httpUpstream((_request, response) =>
      leaves
        ? response.writeHead(503, { 'x-balanza-draining': 'true' }).end()
        : response.writeHead(200).end('a'),
    );
    await using b = await namedBackend('b');
    const patient = { health: { ...health, fall: 100 } };
    await using balancer = await startBalancer('load-balancer', [a, b], { settings: patient });
    const states = async () => (await statusOf(balancer)).map(([state, reason]) => [state, reason]);
    await eventually(async () =>
      expect(await statusOf(balancer)).toEqual([
        ['up', null, '200'],
        ['up', null, '200'],
      ]),
    );
    leaves = true;
    await eventually(async () =>
      expect(await states()).toEqual([
        ['down', 'checks'],
        ['up', null],
      ]),
    );
  });

  it('leave out who says that it is not ready, and bring it back', async () => {
    let isReady = true;
    await using a = await httpUpstream((request, response) =>
      response.writeHead(request.url === '/ready' && !isReady ? 503 : 200).end('a'),
    );
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a, b], { settings });
    await eventually(async () =>
      expect(await statusOf(balancer)).toEqual([
        ['up', null, '200'],
        ['up', null, '200'],
      ]),
    );
    isReady = false;
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['down', 'checks', '503']));
    for (let i = 0; i < 4; i++) expect(await ask(balancer.url)).toEqual([200, 'b']);
    isReady = true;
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['up', null, '200']));
    expect(new Set([await ask(balancer.url), await ask(balancer.url)].map(String))).toEqual(
      new Set(['200,a', '200,b']),
    );
  });

  it('find out who accepts connections and never answers, as a paused process does', async () => {
    await using paused = await rawUpstream(() => undefined);
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [paused, b], { settings });
    await eventually(async () =>
      expect((await statusOf(balancer))[0]).toEqual(['down', 'checks', 'no answer within 0.2 s']),
    );
    for (let i = 0; i < 4; i++) expect(await ask(balancer.url)).toEqual([200, 'b']);
  });

  it('find out who is paused, of backends that nobody knows a path of, and bring it back', async () => {
    await using paused = await processBackend();
    await using b = await namedBackend('b');
    const { path: _none, ...tcp } = health;
    await using balancer = await startBalancer('load-balancer', [paused, b], {
      settings: {
        health: { ...tcp, signOfLife: true },
        retry: { perTryTimeout: 4 },
        slowStart: { window: 0 },
        ejection: { enabled: false },
      },
    });
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['up', null, 'connected']));
    paused.pause();
    const waiting = Promise.all([ask(balancer.url), ask(balancer.url)]);
    await eventually(async () =>
      expect((await statusOf(balancer))[0]).toEqual(['down', 'checks', 'no answer within 0.2 s']),
    );
    // The one that waited there went elsewhere, long before its try was over.
    expect(await waiting).toEqual([
      [200, 'b'],
      [200, 'b'],
    ]);
    for (let i = 0; i < 4; i++) expect(await ask(balancer.url)).toEqual([200, 'b']);
    paused.goOn();
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['up', null, 'connected']));
    const seen = [await ask(balancer.url), await ask(balancer.url)].map(String);
    expect(seen.toSorted()).toEqual(['200,b', '200,process']);
  });

  it('bring back who refused connections, by themselves', async () => {
    const [port = 0] = await freePorts(1);
    await using b = await namedBackend('b');
    const gone = { url: `http://127.0.0.1:${port}` };
    await using balancer = await startBalancer('load-balancer', [gone, b], { settings });
    await eventually(async () =>
      expect((await statusOf(balancer))[0]).toEqual(['down', 'refused', 'ECONNREFUSED']),
    );
    await using server = await listenOn(port);
    expect(server.listening).toBe(true);
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['up', null, '200']));
    const seen = [await ask(balancer.url), await ask(balancer.url)].map(String);
    expect(seen.toSorted()).toEqual(['200,b', '200,back']);
  });

  it('when all are out, 503 comes at once, and the end of it without a restart', async () => {
    const [port = 0] = await freePorts(1);
    await using balancer = await startBalancer('load-balancer', [{ url: `http://127.0.0.1:${port}` }], {
      settings,
    });
    await eventually(async () => expect((await statusOf(balancer))[0]?.[0]).toBe('down'));
    const answer = await fetch(balancer.url);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    await answer.body?.cancel();
    await using server = await listenOn(port);
    expect(server.listening).toBe(true);
    await eventually(async () => expect(await ask(balancer.url)).toEqual([200, 'back']));
  });

  it('are not made in maintenance, nor where they are off', async () => {
    const paths: unknown[] = [];
    await using a = await httpUpstream((request, response) => {
      paths.push(request.url);
      response.writeHead(503).end();
    });
    await using balancer = await startBalancer('load-balancer', [a], { settings });
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['down', 'checks', '503']));
    const path = `/backends/${a.url.slice('http://'.length)}`;
    await control(balancer, 'PATCH', path, { body: { mode: 'maintenance' } });
    await eventually(async () => expect((await statusOf(balancer))[0]).toEqual(['up', null, undefined]));
    paths.length = 0;
    balancer.rewrite({ ...settings, health: { ...health, check: 'off' } });
    process.emit('SIGHUP', 'SIGHUP');
    await control(balancer, 'PATCH', path, { body: { mode: 'ready' } });
    expect(await ask(`${balancer.url}/asked`)).toEqual([503, '']);
    expect(paths).toEqual(['/asked']);
  });
});
