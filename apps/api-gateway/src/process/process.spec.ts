import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { GatewayAndStandIn } from '../testing/gateway-and-stand-in.js';
import { startGateway } from '../testing/gateway.js';
import { breakOff, hang, json, text } from '../testing/stand-in.js';

const worked = { message: 'Business logic executed', instance: '0a1b2c3d', processing_time: 0.2 };

const pair = new GatewayAndStandIn('MICROSERVICES_URL', json(200, worked));

it('answers what the microservice answered, and who passed it on', async () => {
  const { status, body } = await pair.gateway.ask('/process', { headers: { 'x-request-id': 'abc-1' } });
  expect([status, body]).toEqual([200, { ...worked, api_gateway_instance: pair.gateway.instance }]);
  const [request] = pair.standIn.received;
  expect(request).toMatchObject({ method: 'GET', path: '/process', body: '' });
  expect(request?.headers).toMatchObject({ 'x-request-id': 'abc-1' });
  expect(request?.headers.authorization).toBeUndefined();
});

it.each([
  ['none where none came', {}],
  ['the one that came', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
  ['its state too', { traceparent: '00-0af7-b7ad-00', tracestate: 'a=b,c=d' }],
])('hands on the trace unchanged: %s', async (_what, fields) => {
  const { traceparent, tracestate } = { traceparent: undefined, tracestate: undefined, ...fields };
  await pair.gateway.ask('/process', { headers: fields });
  const headers = pair.standIn.received[0]?.headers;
  expect([headers?.['traceparent'], headers?.['tracestate']]).toEqual([traceparent, tracestate]);
});

it('passes nothing on that the contract does not know', async () => {
  pair.standIn.answer = json(200, { ...worked, internal: 'secret' });
  expect((await pair.gateway.ask('/process')).body).toEqual({
    ...worked,
    api_gateway_instance: pair.gateway.instance,
  });
});

it('shows SERVICE_TOKEN to the services behind it', async () => {
  await using trusted = await startGateway({
    MICROSERVICES_URL: pair.standIn.url,
    SERVICE_TOKEN: 'shared-by-all-processes',
  });
  await trusted.ask('/process');
  expect(pair.standIn.received[0]?.headers['x-balanza-service-token']).toBe('shared-by-all-processes');
});

it('ends the request behind it when the client goes away', async () => {
  pair.standIn.answer = hang;
  const client = new AbortController();
  const asked = pair.gateway.ask('/process', { signal: client.signal });
  await eventually(() => expect(pair.standIn.received).toHaveLength(1));
  client.abort();
  await expect(asked).rejects.toThrow('aborted');
  await eventually(() => expect(pair.standIn.abandoned).toBe(1));
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
    if (answer === undefined) await pair.standIn.stop();
    else pair.standIn.answer = answer;
    const failed = await pair.gateway.ask('/process');
    expect([failed.status, failed.body]).toEqual([status, { error }]);
    expect(failed.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(failed.headers.get('proxy-status')).toMatch(/^balanza; (?:error|received-status)=/);
    if (answer === breakOff)
      expect(failed.headers.get('proxy-status')).toBe('balanza; error=http_response_incomplete');
  });
});
