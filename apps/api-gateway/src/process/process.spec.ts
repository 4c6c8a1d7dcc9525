import { eventually } from '@balanza/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../testing/gateway.js';
import { breakOff, hang, json, StandIn, text } from '../testing/stand-in.js';

const worked = { message: 'Business logic executed', instance: '0a1b2c3d', processing_time: 0.2 };

let balancer: StandIn;
let gateway: Gateway;

beforeEach(async () => {
  balancer = await StandIn.start(json(200, worked));
  gateway = await startGateway({ MICROSERVICES_URL: balancer.url, UPSTREAM_TIMEOUT: '0.3' });
});
afterEach(async () => {
  await gateway.app.stop();
  await balancer.stop();
});

it('answers what the microservice answered, and who passed it on', async () => {
  const { status, body } = await gateway.ask('/process', { headers: { 'x-request-id': 'abc-1' } });
  expect([status, body]).toEqual([200, { ...worked, api_gateway_instance: gateway.instance }]);
  const [request] = balancer.received;
  expect(request).toMatchObject({ method: 'GET', path: '/process', body: '' });
  expect(request?.headers).toMatchObject({ 'x-request-id': 'abc-1' });
  expect(request?.headers.authorization).toBeUndefined();
});

it('passes nothing on that the contract does not know', async () => {
  balancer.answer = json(200, { ...worked, internal: 'secret' });
  expect((await gateway.ask('/process')).body).toEqual({ ...worked, api_gateway_instance: gateway.instance });
});

it('shows SERVICE_TOKEN to the services behind it', async () => {
  await using trusted = await startGateway({
    MICROSERVICES_URL: balancer.url,
    SERVICE_TOKEN: 'shared-by-all-processes',
  });
  await trusted.ask('/process');
  expect(balancer.received[0]?.headers['x-balanza-service-token']).toBe('shared-by-all-processes');
});

it('ends the request behind it when the client goes away', async () => {
  balancer.answer = hang;
  const client = new AbortController();
  const asked = gateway.ask('/process', { signal: client.signal });
  await eventually(() => expect(balancer.received).toHaveLength(1));
  const start = performance.now();
  client.abort();
  await expect(asked).rejects.toThrow('aborted');
  await eventually(() => expect(balancer.abandoned).toBe(1));
  expect(performance.now() - start).toBeLessThan(250);
});

describe('failures behind it', () => {
  it.each([
    ['nobody listens', undefined, 503, 'The microservice balancer cannot be reached now; try again'],
    ['breaks off', breakOff, 502, 'The microservice balancer broke off in the middle of an answer'],
    ['HTML', text(200, '<html>'), 502, 'The microservice balancer answered something that is not JSON'],
    [
      'an HTML error',
      text(502, '<html>'),
      502,
      'The microservice balancer answered something that is not JSON',
    ],
    [
      'nonsense',
      json(200, { ...worked, instance: 'me' }),
      502,
      'The microservice answered something that makes no sense: instance must be 8 lower-case hex digits',
    ],
    [
      'nothing there',
      json(404, { error: 'There is nothing at GET /process' }),
      502,
      'The microservice balancer answered 404 where an answer of the contract was expected',
    ],
    [
      '500',
      json(500, { error: 'Unexpected error' }),
      502,
      'The microservice balancer answered 500 where an answer of the contract was expected',
    ],
    ['502', json(502, { error: 'The backend broke' }), 502, 'The backend broke'],
    ['503', json(503, { error: 'No backend is healthy' }), 503, 'No backend is healthy'],
    ['504', json(504, { error: 'The backend is too slow' }), 504, 'The backend is too slow'],
    ['silence', hang, 504, 'The microservice balancer did not answer within 300 ms'],
  ])('answers %s', async (_name, answer, status, error) => {
    if (answer === undefined) await balancer.stop();
    else balancer.answer = answer;
    const failed = await gateway.ask('/process');
    expect([failed.status, failed.body]).toEqual([status, { error }]);
    expect(failed.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(failed.headers.get('proxy-status')).toMatch(/^balanza; (?:error|received-status)=/);
  });
});
