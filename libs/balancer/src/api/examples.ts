/** Shown by Swagger UI. */
export const STRATEGY = { name: 'peak-ewma', settings: { decayMs: 5000 }, hashKey: 'address' };

/** Shown by Swagger UI. */
export const BACKEND = {
  url: 'http://127.0.0.1:5000',
  weight: 1,
  mode: 'ready',
  endpoints: [
    {
      url: 'http://127.0.0.1:5000',
      instance: 'a9d10110',
      weight: 1,
      active_connections: 2,
      in_flight: 2,
      requests: 1200,
      errors: 0,
      retries: 3,
      share: 0.3333,
      queue: 0,
      mode: 'ready',
      state: 'up',
      reason: null,
      since: null,
      ejected_until: null,
      latency: { p50: 0.0021, p90: 0.0045, p99: 0.0092 },
      last_check: { at: '2026-11-25T12:00:00.000Z', ok: true, detail: '200', duration: 0.002 },
    },
  ],
};

/** Shown by Swagger UI. */
export const BALANCING = { version: 8, strategy: STRATEGY, backends: [BACKEND] };
