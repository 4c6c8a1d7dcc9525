import type { HealthState, ProxiedBackend } from '@balanza/proxy';
import { Metrics } from '@balanza/runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, type Metric } from 'prom-client';
import { BackendHistogram } from './backend-histogram.js';
import { Balancer } from './balancer.js';

/** Labels of one value, and the value. */
type Labelled = readonly [labels: Readonly<Record<string, string | number>>, value: number];
type ValuesOf = (backend: ProxiedBackend) => readonly Labelled[];

const STATES: readonly HealthState[] = ['up', 'down', 'ejected'];

/** Shows what the data plane has counted; nothing is counted a second time here. */
@Injectable()
export class BalancerMetrics {
  constructor({ registry }: Metrics, balancer: Balancer) {
    const values = (valuesOf: ValuesOf) =>
      balancer.backends.flatMap((backend) =>
        valuesOf(backend).map(([labels, value]) => [{ backend: backend.url, ...labels }, value] as const),
      );
    const shown = (name: string, help: string, labelNames: readonly string[]) => ({
      name,
      help,
      labelNames: ['backend', ...labelNames],
      registers: [registry],
    });
    const counter = (name: string, help: string, valuesOf: ValuesOf, labelNames: readonly string[] = []) =>
      new Counter({
        ...shown(name, help, labelNames),
        collect() {
          this.reset();
          for (const [labels, value] of values(valuesOf)) this.inc(labels, value);
        },
      });
    const gauge = (name: string, help: string, valuesOf: ValuesOf, labelNames: readonly string[] = []) =>
      new Gauge({
        ...shown(name, help, labelNames),
        collect() {
          this.reset();
          for (const [labels, value] of values(valuesOf)) this.set(labels, value);
        },
      });

    counter(
      'balanza_backend_requests_total',
      'Requests by backend and status that the client got (499: it left before)',
      (backend) => Array.from(backend.totals().statuses, ([status, count]) => [{ status }, count] as const),
      ['status'],
    );
    counter(
      'balanza_backend_errors_total',
      'Requests without a whole answer, or with one that says the backend is broken (5xx but 501, 505 and what comes from behind it)',
      (backend) => [[{}, backend.totals().errors]],
    );
    counter(
      'balanza_backend_retries_total',
      'Requests that came because another backend could not serve them',
      (backend) => [[{}, backend.totals().retries]],
    );
    counter('balanza_request_body_bytes_total', 'Bytes of request bodies', (backend) => [
      [{}, backend.totals().bytesReceived],
    ]);
    counter('balanza_response_body_bytes_total', 'Bytes of answers’ bodies', (backend) => [
      [{}, backend.totals().bytesSent],
    ]);
    gauge('balanza_backend_in_flight', 'Requests handed to the backend and not yet over', (backend) => [
      [{}, backend.inFlight],
    ]);
    gauge('balanza_backend_weight', 'Share of requests relative to the other backends', (backend) => [
      [{}, backend.weight],
    ]);
    gauge(
      'balanza_backend_state',
      '1 for the state that the backend is in: up, down, or ejected for how it served requests',
      ({ health }) => STATES.map((state) => [{ state }, Number(health.state === state)] as const),
      ['state'],
    );
    new Gauge({
      name: 'balanza_queue_length',
      help: 'Requests that wait for a backend to have room',
      registers: [registry],
      collect() {
        this.set(balancer.waiting);
      },
    });
    const durations = [
      [
        'connect',
        'balanza_backend_connect_seconds',
        'From a request that may be sent, behind its head or as much of its body as is read ahead, to a connection',
      ],
      ['head', 'balanza_backend_head_seconds', 'From the connection to the head of the answer'],
      ['total', 'balanza_request_duration_seconds', 'From the head of a request to the end of its answer'],
    ] as const;
    for (const [duration, name, help] of durations) {
      const histogram = new BackendHistogram(() => balancer.backends, { duration, name, help });
      registry.registerMetric(histogram as unknown as Metric);
    }
  }
}
