import { DatabasePool } from '@balanza/postgres';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Notifications } from './notifications.js';

let postgres: TestPostgres;
let pool: DatabasePool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = new DatabasePool({
    url: postgres.url,
    applicationName: 'test',
    size: 1,
    queueLimit: 10,
    queueTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
  });
});
afterAll(async () => {
  await pool.close();
  await postgres.close();
});

it('a connection that ends as soon as it is made is made again a few times a second, and no more', async () => {
  let connected = 0;
  const heard: string[] = [];
  const notifications = new Notifications(postgres.url, {
    onMessage: (message) => heard.push(message),
    onConnected: () => void connected++,
  });
  await pool.query("ALTER ROLE CURRENT_USER SET idle_session_timeout = '1ms'");
  try {
    const began = performance.now();
    notifications.start();
    await expect.poll(() => connected).toBeGreaterThan(1);
    await setTimeout(1_000);
    // One for each pause that there was time for, however slow the machine is.
    expect(connected).toBeLessThanOrEqual(2 + (performance.now() - began) / 200);
    await pool.query('ALTER ROLE CURRENT_USER RESET idle_session_timeout');
    await expect
      .poll(async () => {
        await notifications.send(pool, ['hello']);
        return heard.length;
      })
      .toBeGreaterThan(0);
  } finally {
    await pool.query('ALTER ROLE CURRENT_USER RESET idle_session_timeout');
    await notifications.stop();
  }
});
