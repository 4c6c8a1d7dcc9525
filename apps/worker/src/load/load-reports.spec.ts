import { LOAD_REPORT_EVENT, type LoadReport } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { accept, becomes, useWorkers } from '../testing/workers.js';

const { eventsPort, start, stop } = useWorkers();

const reports: LoadReport[] = [];

@Controller()
class ReportController {
  @EventPattern(LOAD_REPORT_EVENT)
  take(@Payload() report: LoadReport): void {
    reports.push(report);
  }
}

@Module({ controllers: [ReportController] })
class BalancerModule {}

describe('load reports', () => {
  async function listen() {
    reports.splice(0);
    const balancer = await NestFactory.createMicroservice<MicroserviceOptions>(BalancerModule, {
      logger: false,
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: eventsPort() },
    });
    await balancer.listen();
    return balancer;
  }

  it('follow every change, are repeated, and each is newer than the one before', async () => {
    const balancer = await listen();
    const app = await start({ TASK_DURATION: '0.4', WORKER_URL: 'http://worker.test:5005/' });
    await Promise.all([accept(app), accept(app)]);
    await eventually(() => expect(reports.some(({ active_tasks }) => active_tasks === 2)).toBe(true));
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(0));
    const settled = reports.length;
    await eventually(() => expect(reports.length).toBeGreaterThan(settled));
    const sequences = reports.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
    expect(reports.at(-1)).toEqual({
      url: 'http://worker.test:5005',
      concurrency: 10,
      instance: app.context.instance,
      sequence: sequences.at(-1),
      active_tasks: 0,
    });
    await stop(app);
    await balancer.close();
  });

  it('go on until the last task of a worker that ends', async () => {
    const balancer = await listen();
    const app = await start({ TASK_DURATION: '1' });
    const id = await accept(app);
    await becomes(app, id, { status: 'running' });
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(1));
    await stop(app);
    await eventually(() => expect(reports.at(-1)?.active_tasks).toBe(0));
    await balancer.close();
  });

  it('reach a balancer that comes later, and one that comes again, with the token', async () => {
    const app = await start({ SERVICE_TOKEN: 'a token' });
    for (let round = 0; round < 2; round++) {
      const balancer = await listen();
      await eventually(() => expect(reports.at(-1)).toMatchObject({ active_tasks: 0, token: 'a token' }));
      await balancer.close();
    }
    await stop(app);
  });
});
