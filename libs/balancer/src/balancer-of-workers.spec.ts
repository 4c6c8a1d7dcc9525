import { LOAD_REPORT_EVENT, formatLoadHeader } from '@balanza/contracts';
import { eventually, freePorts, hasNatsServer, httpUpstream, startNatsServer } from '@balanza/testing';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { BalancerAppOptions } from './balancer-app.js';
import { namedBackend, startBalancer } from './testing/balancer.js';

const read = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();
const status = async (url: string) => (await fetch(`${url}/status`)).json();

describe('the balancer of the workers', () => {
  const options: BalancerAppOptions = { internal: true, loadReports: true };
  const active = async (url: string) =>
    ((await status(url)) as { workers: { active_connections: number }[] }).workers.map(
      (worker) => worker.active_connections,
    );

  it('counts requests in flight, and prefers the worker with fewest', async () => {
    const held = Promise.withResolvers<void>();
    await using a = await httpUpstream(async (_request, response) => {
      await held.promise;
      response.end('a');
    });
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('lb-workers', [a, b], { options });
    const first = read(balancer.url);
    await eventually(async () => expect(await active(balancer.url)).toEqual([1, 0]));
    expect([await read(balancer.url), await read(balancer.url)]).toEqual(['b', 'b']);
    held.resolve();
    expect(await first).toBe('a');
    await eventually(async () => expect(await active(balancer.url)).toEqual([0, 0]));
  });

  it('knows of an accepted task from the very answer that accepts it', async () => {
    let sequence = 0;
    const worker = (instance: string) =>
      httpUpstream((_request, response) => {
        sequence++;
        response.setHeader(
          'endpoint-load-metrics',
          formatLoadHeader({ instance, sequence, active_tasks: 1 }),
        );
        response.writeHead(202).end(instance);
      });
    await using a = await worker('aaaaaaaa');
    await using b = await worker('bbbbbbbb');
    await using balancer = await startBalancer('lb-workers', [a, b], { options });
    expect([await read(balancer.url), await read(balancer.url)]).toEqual(['aaaaaaaa', 'bbbbbbbb']);
    expect(await active(balancer.url)).toEqual([1, 1]);
  });

  it.each([
    ['GET', 200],
    ['GET', 404],
    ['DELETE', 409],
    ['POST', 503],
    ['GET', 500],
  ])('reads the load of every answer: %s %i', async (method, code) => {
    await using a = await httpUpstream((_request, response) => {
      const load = formatLoadHeader({ instance: 'aaaaaaaa', sequence: 7, active_tasks: 4 });
      response.writeHead(code, { 'endpoint-load-metrics': load }).end();
    });
    await using balancer = await startBalancer('lb-workers', [a], { options });
    const answer = await fetch(balancer.url, { method });
    await answer.text();
    expect(answer.status).toBe(code);
    expect(await active(balancer.url)).toEqual([4]);
  });

  it('weighs workers by what they report to run at once, where the strategy has weights for that', async () => {
    await using a = await namedBackend('a');
    const settings = { strategy: 'weighted-least-connections' };
    await using balancer = await startBalancer('lb-workers', [a], { options, settings });
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: balancer.eventsPort },
    });
    const report = { url: a.url, instance: 'aaaaaaaa', sequence: 1, active_tasks: 0, concurrency: 12 };
    client.emit(LOAD_REPORT_EVENT, report).subscribe();
    await eventually(async () =>
      expect(await status(balancer.url)).toMatchObject({ workers: [{ url: a.url, weight: 12 }] }),
    );
    client.close();
  });

  it('takes out of the count what a worker had that is not heard of any more', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('lb-workers', [a], { options });
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: balancer.eventsPort },
    });
    const report = { url: a.url, instance: 'aaaaaaaa', sequence: 1, active_tasks: 5 };
    client.emit(LOAD_REPORT_EVENT, report).subscribe();
    await eventually(async () => expect(await active(balancer.url)).toEqual([5]));
    await eventually(async () => expect(await active(balancer.url)).toEqual([0]));
    client.close();
  });

  it('is the only one that believes what an answer says of load', async () => {
    await using a = await httpUpstream((_request, response) => {
      const load = formatLoadHeader({ instance: 'aaaaaaaa', sequence: 7, active_tasks: 4 });
      response.writeHead(200, { 'endpoint-load-metrics': load }).end();
    });
    await using balancer = await startBalancer('load-balancer', [a]);
    await read(balancer.url);
    expect(await status(balancer.url)).toMatchObject({ gateways: [{ active_connections: 0 }] });
  });

  it('asks another worker for what one has refused, whole and without a word of it', async () => {
    const asked: string[] = [];
    const worker = (name: string, refuses: boolean) =>
      httpUpstream((request, response) => {
        let length = 0;
        request.on('data', (piece: Buffer) => (length += piece.length));
        request.on('end', () => {
          asked.push(`${name} ${request.method} ${length}`);
          if (refuses) response.writeHead(503, { 'x-balanza-refused': '1' }).end();
          else response.writeHead(202).end(name);
        });
      });
    await using a = await worker('a', true);
    await using b = await worker('b', false);
    await using balancer = await startBalancer('lb-workers', [a, b], { options });
    const post = async () => {
      const body = 'x'.repeat(1_048_576);
      const answer = await fetch(`${balancer.url}/task`, { method: 'POST', body });
      return [answer.status, answer.headers.get('x-balanza-refused'), await answer.text()];
    };
    const answers = [];
    for (let turn = 0; turn < 20; turn++) answers.push(await post());
    expect(answers).toEqual(Array.from({ length: 20 }, () => [202, null, 'b']));
    expect(asked.slice(0, 2)).toEqual(['a POST 1048576', 'b POST 1048576']);
    expect(asked.filter((each) => each.startsWith('a')).length).toBeGreaterThan(10);
    const workers = ((await status(balancer.url)) as { workers: { errors: number; state: string }[] })
      .workers;
    expect(workers.map(({ errors, state }) => [errors, state])).toEqual([
      [0, 'up'],
      [0, 'up'],
    ]);
  });

  it('hears over TCP when tasks end', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('lb-workers', [a], { options });
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: balancer.eventsPort },
    });
    const report = (sequence: number, active_tasks: number) =>
      client
        .emit(LOAD_REPORT_EVENT, { url: a.url, instance: 'aaaaaaaa', sequence, active_tasks })
        .subscribe();
    report(1, 3);
    await eventually(async () => expect(await active(balancer.url)).toEqual([3]));
    client.emit(LOAD_REPORT_EVENT, { url: a.url, active_tasks: 'many' }).subscribe();
    report(2, 0);
    await eventually(async () => expect(await active(balancer.url)).toEqual([0]));
    client.close();
  });

  it.skipIf(!hasNatsServer())(
    'hears over NATS, signed in by EVENTS_URL (skipped where there is no nats-server)',
    async () => {
      const [port = 0] = await freePorts(1);
      const server = startNatsServer(port, ['--user', 'lb', '--pass', 'pa:ss']);
      await using a = await namedBackend('a');
      await using balancer = await startBalancer('lb-workers', [a], {
        options,
        environment: { EVENTS_URL: `nats://lb:pa%3Ass@127.0.0.1:${port}` },
      });
      const client = ClientProxyFactory.create({
        transport: Transport.NATS,
        options: { servers: `nats://127.0.0.1:${port}`, user: 'lb', pass: 'pa:ss' },
      });
      let sequence = 0;
      await eventually(async () => {
        const report = { url: a.url, instance: 'aaaaaaaa', sequence: ++sequence, active_tasks: 3 };
        await lastValueFrom(client.emit(LOAD_REPORT_EVENT, report), { defaultValue: undefined });
        expect(await active(balancer.url)).toEqual([3]);
      });
      await client.close();
      await server.stop();
    },
  );

  it('believes only who knows the service token, where there is one', async () => {
    await using a = await namedBackend('a');
    const SERVICE_TOKEN = 'a-token-of-at-least-thirty-two-bytes!';
    await using balancer = await startBalancer('lb-workers', [a], {
      options,
      environment: { SERVICE_TOKEN },
    });
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: balancer.eventsPort },
    });
    const report = { url: a.url, instance: 'aaaaaaaa' };
    client.emit(LOAD_REPORT_EVENT, { ...report, sequence: 1, active_tasks: 9 }).subscribe();
    client.emit(LOAD_REPORT_EVENT, { ...report, sequence: 2, active_tasks: 8, token: 'wrong' }).subscribe();
    client
      .emit(LOAD_REPORT_EVENT, { ...report, sequence: 1, active_tasks: 2, token: SERVICE_TOKEN })
      .subscribe();
    await eventually(async () => expect(await active(balancer.url)).toEqual([2]));
    client.close();
  });
});
