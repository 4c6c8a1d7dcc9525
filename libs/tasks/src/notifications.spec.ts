import { DatabasePool } from '@balanza/postgres';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
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
  const connectedAt: number[] = [];
  const heard: string[] = [];
  const notifications = new Notifications(postgres.url, {
    onMessage: (message) => heard.push(message),
    onConnected: () => void connectedAt.push(performance.now()),
  });
  await pool.query("ALTER ROLE CURRENT_USER SET idle_session_timeout = '1ms'");
  try {
    notifications.start();
    await expect.poll(() => connectedAt.length, { timeout: 15_000 }).toBeGreaterThan(5);
    const gaps = connectedAt.slice(1).map((at, index) => at - (connectedAt[index] ?? 0));
    // A pause of 200 ms is between any two, however slow the machine is; a timer may be a part of a millisecond early.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(199);
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
