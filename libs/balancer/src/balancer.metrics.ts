import type { ProxiedBackend } from '@balanza/proxy';
import { Metrics } from '@balanza/runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, type Metric } from 'prom-client';
import { BackendHistogram } from './backend-histogram.js';
import { Balancer } from './balancer.js';

/** Shows what the data plane has counted; nothing is counted a second time here. */
@Injectable()
export class BalancerMetrics {
  constructor({ registry }: Metrics, { backends }: Balancer) {
    const perBackend = (name: string, help: string, valueOf: (backend: ProxiedBackend) => number) =>
      new Counter({
        name,
        help,
        labelNames: ['backend'],
        registers: [registry],
        collect() {
          this.reset();
          for (const backend of backends) this.inc({ backend: backend.url }, valueOf(backend));
        },
      });
    new Counter({
      name: 'balanza_backend_requests_total',
      help: 'Requests by backend and status that the client got (499: it left before)',
      labelNames: ['backend', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const backend of backends) {
          for (const [status, count] of backend.totals().statuses)
            this.inc({ backend: backend.url, status }, count);
        }
      },
    });
    perBackend(
      'balanza_backend_errors_total',
      'Requests without a whole answer',
      (backend) => backend.totals().errors,
    );
    perBackend(
      'balanza_request_body_bytes_total',
      'Bytes of request bodies',
      (backend) => backend.totals().bytesReceived,
    );
    perBackend(
      'balanza_response_body_bytes_total',
      'Bytes of answers’ bodies',
      (backend) => backend.totals().bytesSent,
    );
    new Gauge({
      name: 'balanza_backend_in_flight',
      help: 'Requests handed to the backend and not yet over',
      labelNames: ['backend'],
      registers: [registry],
      collect() {
        for (const backend of backends) this.set({ backend: backend.url }, backend.inFlight);
      },
    });
    const durations = [
      ['connect', 'balanza_backend_connect_seconds', 'From the head of a request to a connection'],
      ['head', 'balanza_backend_head_seconds', 'From the connection to the head of the answer'],
      ['total', 'balanza_request_duration_seconds', 'From the head of a request to the end of its answer'],
    ] as const;
    for (const [duration, name, help] of durations) {
      registry.registerMetric(new BackendHistogram(backends, { duration, name, help }) as unknown as Metric);
    }
  }
}
