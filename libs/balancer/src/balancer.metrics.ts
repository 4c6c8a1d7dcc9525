import { Metrics } from '@balanza/runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Balancer } from './balancer.js';

/** Counts what each backend was asked and how it answered. */
@Injectable()
export class BalancerMetrics {
  constructor({ registry }: Metrics, { backends, events }: Balancer) {
    const registers = [registry];
    const requests = new Counter({
      name: 'balanza_backend_requests_total',
      help: 'Requests by backend and status that the client got (499: it left before)',
      labelNames: ['backend', 'status'],
      registers,
    });
    const duration = new Histogram({
      name: 'balanza_request_duration_seconds',
      help: 'From the head of a request to the end of its answer',
      labelNames: ['backend'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    const inFlight = new Gauge({
      name: 'balanza_backend_in_flight',
      help: 'Requests handed to the backend and not yet over',
      labelNames: ['backend'],
      registers,
      collect() {
        for (const backend of backends) this.set({ backend: backend.url }, backend.inFlight);
      },
    });
    void inFlight;
    events.on('end', ({ backend, status, milliseconds }) => {
      const label = backend?.url ?? 'none';
      requests.inc({ backend: label, status });
      duration.observe({ backend: label }, milliseconds / 1000);
    });
  }
}
