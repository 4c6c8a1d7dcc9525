import { LOAD_REPORT_EVENT, parseEventsUrl, type LoadReport } from '@balanza/contracts';
import { eventually, freePorts, hasNatsServer, startNatsServer } from '@balanza/testing';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { natsReportClient } from './nats-report-client.js';

const isInstalled = hasNatsServer();
const why = isInstalled ? '' : ' (skipped: there is no nats-server on this machine)';

const heard: LoadReport[] = [];

@Controller()
class ReportController {
  @EventPattern(LOAD_REPORT_EVENT)
  take(@Payload() report: LoadReport): void {
    heard.push(report);
  }
}

@Module({ controllers: [ReportController] })
class BalancerModule {}

async function listen(url: string, credentials = {}) {
  const balancer = await NestFactory.createMicroservice<MicroserviceOptions>(BalancerModule, {
    logger: false,
    transport: Transport.NATS,
    options: {
      servers: url,
      ...credentials,
      waitOnFirstConnect: true,
      reconnectTimeWait: 50,
      maxReconnectAttempts: -1,
    },
  });
  await balancer.listen();
  return balancer;
}

describe.skipIf(!isInstalled)(`reports over NATS${why}`, () => {
  it('reach every balancer, and again after the server was away', async () => {
    const [port = 0] = await freePorts(1);
    const url = `nats://127.0.0.1:${port}`;
    const client = natsReportClient(parseEventsUrl(url));
    let sequence = 0;
    const report = () => {
      const figures = { url: 'http://127.0.0.1:5005', instance: 'aaaaaaaa', active_tasks: 1 };
      return lastValueFrom(client.emit(LOAD_REPORT_EVENT, { ...figures, sequence: ++sequence }), {
        defaultValue: undefined,
      });
    };
    await expect(report()).rejects.toThrow('connection refused');
    const reachesBoth = () =>
      eventually(async () => {
        await report();
        const latest = () => heard.filter((one) => one.sequence === sequence);
        await expect.poll(latest, { timeout: 200 }).toHaveLength(2);
      });
    let server = startNatsServer(port);
    const balancers = [await listen(url), await listen(url)];
    await reachesBoth();
    await server.stop();
    server = startNatsServer(port);
    await reachesBoth();
    await Promise.all(balancers.map((balancer) => balancer.close()));
    await client.close();
    await server.stop();
  });

  it.each([
    ['a name and a password', ['--user', 'w@rker', '--pass', 'p/a:s%s'], 'w%40rker:p%2Fa%3As%25s@'],
    ['a token', ['--auth', 's3cr3t'], 's3cr3t@'],
  ])('sign in with %s', async (_how, options, userInfo) => {
    const [port = 0] = await freePorts(1);
    const server = startNatsServer(port, options);
    const address = parseEventsUrl(`nats://${userInfo}127.0.0.1:${port}`);
    const balancer = await listen(address.url, address.credentials);
    heard.splice(0);
    const report = { url: 'http://127.0.0.1:5005', instance: 'aaaaaaaa', active_tasks: 1, sequence: 1 };
    const send = (client: ReturnType<typeof natsReportClient>) =>
      lastValueFrom(client.emit(LOAD_REPORT_EVENT, report), { defaultValue: undefined });
    const client = natsReportClient(address);
    const stranger = natsReportClient(parseEventsUrl(`nats://somebody:else@127.0.0.1:${port}`));
    await eventually(() => send(client));
    await expect.poll(() => heard).toEqual([report]);
    await expect(send(stranger)).rejects.toThrow(/authorization/i);
    expect(heard).toEqual([report]);
    await Promise.all([client.close(), stranger.close(), balancer.close()]);
    await server.stop();
  });
});
