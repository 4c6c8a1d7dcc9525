import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProcessContext } from '../process-context.js';
import { requestContext } from '../request-context.js';
import { createLogger } from './logger.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(ACCESS_LOG = false) {
  const lines: Record<string, unknown>[] = [];
  const context = {
    app: 'worker',
    instance: 'aaaaaaaa',
    port: 5005,
    config: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', NODE_ENV: 'test', ACCESS_LOG },
  } as ProcessContext;
  const logger = createLogger(context, {
    write(text) {
      const { level, msg, request_id, held } = JSON.parse(text) as Record<string, unknown>;
      lines.push({
        level,
        msg,
        ...(request_id === undefined ? {} : { request_id }),
        ...(held === undefined ? {} : { held }),
      });
    },
  });
  return { logger, lines };
}

const WARN = 40;

describe('in an outage the log', () => {
  it('has one line per second and kind, with the number of those that were held back', () => {
    const { logger, lines } = setUp();
    for (let count = 0; count < 5; count++) logger.warn(`Cache read failed after ${count} ms`);
    logger.warn('Cache write failed');
    expect(lines).toEqual([
      { level: WARN, msg: 'Cache read failed after 0 ms' },
      { level: WARN, msg: 'Cache write failed' },
    ]);
    vi.advanceTimersByTime(1_000);
    expect(lines.slice(2)).toEqual([
      { level: WARN, msg: 'Cache read failed after 4 ms … and 4 more in the last second', held: 4 },
    ]);
    logger.warn('Cache read failed after 5 ms');
    logger.warn('Cache write failed');
    expect(lines.slice(3)).toEqual([{ level: WARN, msg: 'Cache write failed' }]);
    vi.advanceTimersByTime(1_000);
    expect(lines.slice(4)).toEqual([
      { level: WARN, msg: 'Cache read failed after 5 ms … and 1 more in the last second', held: 1 },
    ]);
    vi.advanceTimersByTime(1_000);
    logger.warn('Cache read failed after 6 ms');
    expect(lines.slice(5)).toEqual([{ level: WARN, msg: 'Cache read failed after 6 ms' }]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('tells errors apart by what they say, and statuses of requests', () => {
    const { logger, lines } = setUp();
    logger.error({ err: new TypeError('x is undefined') }, 'Unexpected error');
    logger.error({ err: new TypeError('x is undefined') }, 'Unexpected error');
    logger.error({ err: new TypeError('y is undefined') }, 'Unexpected error');
    logger.warn({ status: 502 }, 'failed');
    logger.warn({ status: 503 }, 'failed');
    expect(lines.map(({ msg }) => msg)).toEqual(['Unexpected error', 'Unexpected error', 'failed', 'failed']);
    logger.warn({ backend: 'http://127.0.0.1:5000', url: '/a', ms: 1 }, 'backend is down');
    logger.warn({ backend: 'http://127.0.0.1:5003', url: '/b', ms: 2 }, 'backend is down');
    logger.warn({ backend: 'http://127.0.0.1:5003', url: '/c', ms: 3 }, 'backend is down');
    expect(lines.slice(4)).toHaveLength(2);
  });

  it('never holds back what is no trouble, nor requests where each is to be logged', () => {
    const { logger, lines } = setUp(true);
    for (let count = 0; count < 3; count++) logger.info('answered');
    for (let count = 0; count < 3; count++) logger.warn({ status: 503 }, 'failed');
    expect(lines).toHaveLength(6);
  });

  it('needs no more memory for more kinds', () => {
    const { logger, lines } = setUp();
    for (let kind = 0; kind < 1_000; kind++) logger.warn('x'.repeat(kind % 400));
    expect(lines).toHaveLength(201);
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(201);
  });

  it('never has a line with the id of another request', async () => {
    // Fake timers run callbacks in the context of the test, not in the one in which they were set.
    vi.useRealTimers();
    const { logger, lines } = setUp();
    for (const requestId of ['a', 'b', 'c'])
      requestContext.run({ requestId, trace: {} }, () => logger.warn('away'));
    await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 15_000 });
    expect(lines).toEqual([
      { level: WARN, msg: 'away', request_id: 'a' },
      { level: WARN, msg: 'away … and 2 more in the last second', held: 2 },
    ]);
  });
});
