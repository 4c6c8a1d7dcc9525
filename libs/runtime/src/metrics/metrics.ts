import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { PROCESS_CONTEXT, type ProcessContext } from '../process-context.js';

/** The Prometheus metrics of this process. Anything that counts registers with `registry`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time to answer a request, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  constructor(@Inject(PROCESS_CONTEXT) { app, instance }: ProcessContext) {
    this.registry.setDefaultLabels({ app });
    new Gauge({
      name: 'balanza_process_info',
      help: 'Always 1; the id of the process, as its answers name it. Not `instance`, which Prometheus gives to each target',
      labelNames: ['process_instance'],
      registers: [this.registry],
    }).set({ process_instance: instance }, 1);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Times every request of `server`. The label is the route's pattern, so its number of values stays small. */
  observe(server: FastifyInstance): void {
    server.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      this.#requests
        .labels(request.method, route, String(reply.statusCode))
        .observe(reply.elapsedTime / 1000);
      done();
    });
  }
}
