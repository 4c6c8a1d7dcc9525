import { eventually, freePorts, rawUpstream } from '@balanza/testing';
import { expect, it } from 'vitest';
import { startBalancer, type StartOptions } from './testing/balancer.js';
import { LOGGING, logLines } from './testing/log-lines.js';

const WITHOUT_CHECKS: StartOptions = {
  environment: { ...LOGGING, HEALTH_CHECK: 'off', RETRIES: '0', PROXY_NAME: 'edge' },
};

/** What is logged of one request to a backend that answers with these bytes and closes; and what the client hears. */
async function loggedOf(answer: string) {
  await using backend = await rawUpstream((socket) => socket.once('data', () => socket.end(answer)));
  await using balancer = await startBalancer('load-balancer', [backend], WITHOUT_CHECKS);
  using log = logLines();
  const response = await fetch(`${balancer.url}/x`, { headers: { 'x-request-id': 'r1' } });
  await response.text().catch(() => undefined);
  const lines = () =>
    log.lines.flatMap((line) => line.split('\n')).filter((line) => line.includes('"request_id":"r1"'));
  await eventually(() => expect(lines()).toHaveLength(1));
  const { level, msg, status, cut_by, attempts, error, reason } = JSON.parse(lines()[0] ?? '') as Record<
    string,
    unknown
  >;
  return {
    told: { level, msg, status, cut_by, attempts, error, reason },
    status: response.status,
    proxyStatus: response.headers.get('proxy-status'),
  };
}

const FAILED = { level: 40, msg: 'failed', status: 502, cut_by: undefined, attempts: undefined };

it.each([
  [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'http_protocol_error',
    'Content-Length and Transfer-Encoding exclude each other',
  ],
  ['HTTP/1.1 200 OK\r\nX', 'http_response_incomplete', 'the backend closed the connection'],
  ['', 'connection_terminated', 'the backend closed the connection'],
])('tells why %j is answered for with 502', async (answer, error, reason) => {
  expect(await loggedOf(answer)).toEqual({
    told: { ...FAILED, error, reason },
    status: 502,
    proxyStatus: `edge; error=${error}`,
  });
});

it('tells of a response that its backend cut, also without ACCESS_LOG', async () => {
  const { told, status } = await loggedOf('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  expect([status, told]).toEqual([
    200,
    {
      level: 40,
      msg: 'cut',
      status: 200,
      cut_by: 'backend',
      attempts: undefined,
      error: 'http_response_incomplete',
      reason: 'the backend closed the connection',
    },
  ]);
});

it('tells what went wrong at the first backend where another one served', async () => {
  await using good = await rawUpstream((socket) =>
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  );
  const [closed = 0] = await freePorts(1);
  await using balancer = await startBalancer('load-balancer', [{ url: `http://127.0.0.1:${closed}` }, good], {
    environment: { ...LOGGING, HEALTH_CHECK: 'off', ACCESS_LOG: 'true' },
  });
  using log = logLines();
  const statuses = [];
  for (const id of ['first', 'second']) {
    statuses.push((await fetch(balancer.url, { headers: { 'x-request-id': id } })).status);
  }
  expect(statuses).toEqual([200, 200]);
  const line = (id: string) => log.lines.find((text) => text.includes(`"request_id":"${id}"`)) ?? '{}';
  await eventually(() => expect(line('second')).not.toBe('{}'));
  expect(JSON.parse(line('first'))).toMatchObject({
    msg: 'answered',
    status: 200,
    backend: good.url,
    attempts: 2,
    error: 'connection_refused',
    reason: `connect ECONNREFUSED 127.0.0.1:${closed}`,
  });
  expect(JSON.parse(line('second'))).not.toHaveProperty('error');
});
