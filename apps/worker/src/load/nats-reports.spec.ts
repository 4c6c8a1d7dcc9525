import { LOAD_REPORT_EVENT, type LoadReport } from '@balanza/contracts';
import { eventually, freePorts } from '@balanza/testing';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { natsReportClient } from './nats-report-client.js';

const isInstalled = spawnSync('nats-server', ['--version']).status === 0;

async function startNats(port: number) {
  const child = spawn('nats-server', ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  return {
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

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

async function listen(url: string) {
  const balancer = await NestFactory.createMicroservice<MicroserviceOptions>(BalancerModule, {
    logger: false,
    transport: Transport.NATS,
    options: { servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50, maxReconnectAttempts: -1 },
  });
  await balancer.listen();
  return balancer;
}

describe.skipIf(!isInstalled)('reports over NATS', () => {
  it('reach every balancer, and again after the server was away', async () => {
    const [port = 0] = await freePorts(1);
    const url = `nats://127.0.0.1:${port}`;
    const client = natsReportClient(url);
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
    let server = await startNats(port);
    const balancers = [await listen(url), await listen(url)];
    await reachesBoth();
    await server.stop();
    server = await startNats(port);
    await reachesBoth();
    await Promise.all(balancers.map((balancer) => balancer.close()));
    await client.close();
    await server.stop();
  });
});
