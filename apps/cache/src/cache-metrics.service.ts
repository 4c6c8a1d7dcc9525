import { Metrics } from '@balanza/runtime';
import { TtlCache } from '@balanza/ttl-cache';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Shows the cache's own counts as Prometheus metrics, read when they are asked for. */
@Injectable()
export class CacheMetrics {
  constructor(metrics: Metrics, cache: TtlCache) {
    const registers = [metrics.registry];
    counter('cache_hits_total', 'Reads that found a live entry', registers, () => cache.counts.hits);
    counter('cache_misses_total', 'Reads that found none', registers, () => cache.counts.misses);
    counter('cache_evictions_total', 'Entries that made room', registers, () => cache.counts.evictions);
    gauge('cache_entries', 'Entries held, expired ones included', registers, () => cache.size);
    gauge('cache_bytes', 'Bytes of keys and values held', registers, () => cache.bytes);
  }
}

function counter(name: string, help: string, registers: Registry[], read: () => number): void {
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function gauge(name: string, help: string, registers: Registry[], read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}
