import { Metrics } from '@balanza/runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Balancer } from './balancer.js';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what each backend was asked and how it answered. */
@Injectable()
export class BalancerMetrics {
  constructor({ registry }: Metrics, { backends, events }: Balancer) {
    const labelNames = ['backend'] as const;
    const registers = [registry];
    const histogram = (name: string, help: string) =>
      new Histogram({ name, help, labelNames, buckets: BUCKETS, registers });
    const bytes = (name: string, help: string) => new Counter({ name, help, labelNames, registers });

    const requests = new Counter({
      name: 'balanza_backend_requests_total',
      help: 'Requests by backend and status that the client got (499: it left before)',
      labelNames: ['backend', 'status'],
      registers,
    });
    const refused = new Counter({
      name: 'balanza_refused_messages_total',
      help: 'Messages that were refused before they were requests, by status',
      labelNames: ['status'],
      registers,
    });
    const connectTime = histogram(
      'balanza_backend_connect_seconds',
      'From the head of a request to a connection',
    );
    const headTime = histogram(
      'balanza_backend_head_seconds',
      'From the connection to the head of the answer',
    );
    const totalTime = histogram(
      'balanza_request_duration_seconds',
      'From the head of a request to the answer’s end',
    );
    const received = bytes('balanza_request_body_bytes_total', 'Bytes of request bodies');
    const sent = bytes('balanza_response_body_bytes_total', 'Bytes of answers’ bodies');
    new Gauge({
      name: 'balanza_backend_in_flight',
      help: 'Requests handed to the backend and not yet over',
      labelNames,
      registers,
      collect() {
        for (const backend of backends) this.set({ backend: backend.url }, backend.inFlight);
      },
    });

    events.on('refused', (status) => refused.inc({ status }));
    events.on('end', (exchange) => {
      const { startedAt, connectedAt, headAt } = exchange;
      const backend = exchange.backend?.url ?? 'none';
      requests.inc({ backend, status: exchange.status });
      if (connectedAt > 0) connectTime.observe({ backend }, (connectedAt - startedAt) / 1000);
      if (headAt > 0) headTime.observe({ backend }, (headAt - connectedAt) / 1000);
      totalTime.observe({ backend }, (performance.now() - startedAt) / 1000);
      if (exchange.bytesReceived > 0) received.inc({ backend }, exchange.bytesReceived);
      if (exchange.bytesSent > 0) sent.inc({ backend }, exchange.bytesSent);
    });
  }
}
