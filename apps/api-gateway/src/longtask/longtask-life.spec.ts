import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { GatewayAndStandIn } from '../testing/gateway-and-stand-in.js';
import { json } from '../testing/stand-in.js';
import {
  CANCELLED_EXAMPLE,
  EVENTS_EXAMPLE,
  LIST_EXAMPLE,
  REDRIVEN_EXAMPLE,
  TASK_EXAMPLE,
} from './longtask.examples.js';

const id = TASK_EXAMPLE.task_id;
const accepted = { status: 'Started', worker_instance: '0a1b2c3d', task_id: id };

const RUNNING_EVENT = EVENTS_EXAMPLE.replaceAll('completed', 'running').replace('8123', '8122');

const pair = new GatewayAndStandIn('WORKERS_URL', json(202, accepted));

describe('an Idempotency-Key', () => {
  it('goes to the worker, and only where there is one', async () => {
    await pair.gateway.ask('/longtask', { json: {}, headers: { 'idempotency-key': 'order 7' } });
    await pair.gateway.ask('/longtask', { json: {} });
    expect(pair.standIn.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'order 7',
      undefined,
    ]);
  });

  it('that came before with another body is refused with 422', async () => {
    const error = 'This Idempotency-Key came before with another body; use a new key for a new task';
    pair.standIn.answer = json(422, { error });
    const refused = await pair.gateway.ask('/longtask', { json: {}, headers: { 'idempotency-key': 'k' } });
    expect([refused.status, refused.body]).toEqual([422, { error }]);
  });
});

describe('GET /longtask', () => {
  it.each([
    ['', '/tasks?limit=50'],
    ['?status=failed&limit=3', '/tasks?limit=3&status=failed'],
    [`?cursor=${id}`, `/tasks?limit=50&cursor=${id}`],
  ])('%s asks a worker for its list', async (query, path) => {
    pair.standIn.answer = json(200, LIST_EXAMPLE);
    expect(await pair.gateway.ask(`/longtask${query}`)).toMatchObject({ status: 200, body: LIST_EXAMPLE });
    expect(pair.standIn.received).toMatchObject([{ method: 'GET', path }]);
  });

  it.each([
    ['?status=lost', 'status', 'must be queued, running, completed, failed or cancelled'],
    ['?limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['?limit=1e2', 'limit', 'must be a whole number from 1 to 200'],
    ['?cursor=x', 'cursor', 'must be a UUID'],
  ])('%s is refused, and asks nobody', async (query, field, message) => {
    const { status, body } = await pair.gateway.ask(`/longtask${query}`);
    expect([status, body]).toEqual([
      400,
      { error: `The request is not valid: ${field} ${message}`, details: [{ field, message }] },
    ]);
    expect(pair.standIn.received).toEqual([]);
  });
});

describe('GET /longtask/:task_id/events', () => {
  it('hands events on one by one, for longer than other answers may take', async () => {
    const gate = Promise.withResolvers<void>();
    pair.standIn.answer = (response) => {
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`retry: 1000\n\n${RUNNING_EVENT}`);
      void gate.promise.then(() => response.end(EVENTS_EXAMPLE));
    };
    const response = await stream();
    const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    let text = '';
    const until = async (end: string) => {
      while (!text.endsWith(end)) text += (await pieces?.read())?.value ?? '(the end)';
    };
    await until(RUNNING_EVENT);
    setTimeout(() => gate.resolve(), 400);
    await until(EVENTS_EXAMPLE);
    expect(text).toBe(`retry: 1000\n\n${RUNNING_EVENT}${EVENTS_EXAMPLE}`);
    expect(await pieces?.read()).toEqual({ done: true, value: undefined });
    expect(pair.standIn.received).toMatchObject([
      { path: `/tasks/${id}/events`, headers: { accept: 'text/event-stream' } },
    ]);
  });

  it('asks a worker once for all clients that watch a task at the same time', async () => {
    const gate = Promise.withResolvers<void>();
    pair.standIn.answer = (response) => {
      response.writeHead(200).write(RUNNING_EVENT);
      void gate.promise.then(() => response.end(EVENTS_EXAMPLE));
    };
    const responses = await Promise.all(Array.from({ length: 20 }, () => stream()));
    expect(pair.standIn.received).toHaveLength(1);
    gate.resolve();
    const texts = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(texts)).toEqual(new Set([`retry: 1000\n\n${RUNNING_EVENT}${EVENTS_EXAMPLE}`]));
  });

  it('answers 204 to a client that has the final event, and that event to one that has an earlier one', async () => {
    pair.standIn.answer = (response) => response.writeHead(200).end(EVENTS_EXAMPLE);
    const again = await stream({ 'last-event-id': '8123-completed' });
    expect([again.status, await again.text()]).toEqual([204, '']);
    const later = await stream({ 'last-event-id': '8122-running' });
    expect([later.status, await later.text()]).toEqual([200, `retry: 1000\n\n${EVENTS_EXAMPLE}`]);
  });

  it('breaks off where the worker does, so that clients come back', async () => {
    pair.standIn.answer = (response) => {
      response.writeHead(200).write(RUNNING_EVENT, () => response.destroy());
    };
    await expect((await stream()).text()).rejects.toThrow('terminated');
  });

  it('leaves the worker when its client leaves', async () => {
    pair.standIn.answer = (response) => void response.writeHead(200).write(RUNNING_EVENT);
    const response = await stream();
    await response.body?.cancel();
    await eventually(() => expect(pair.standIn.abandoned).toBe(1));
  });

  it('answers 404 for an unknown task', async () => {
    pair.standIn.answer = json(404, { error: `There is no task ${id}` });
    const { status, body } = await pair.gateway.ask(`/longtask/${id}/events`);
    expect([status, body]).toEqual([404, { error: `There is no task ${id}` }]);
  });

  async function stream(headers: Record<string, string> = {}): Promise<Response> {
    const token = await mintToken({ secret: DEVELOPMENT_SECRET, subject: 'test', expiresIn: 60 });
    return fetch(`${pair.gateway.url}/longtask/${id}/events`, {
      headers: { authorization: token, ...headers },
    });
  }
});

describe.each([
  ['DELETE', '', 200, CANCELLED_EXAMPLE, null],
  ['POST', '/redrive', 202, REDRIVEN_EXAMPLE, `/longtask/${id}`],
])('%s /longtask/:task_id%s', (method, suffix, status, body, location) => {
  it('answers the task as it then is', async () => {
    pair.standIn.answer = json(status, body);
    const answer = await pair.gateway.ask(`/longtask/${id}${suffix}`, { method });
    expect([answer.status, answer.body, answer.headers.get('location')]).toEqual([status, body, location]);
    expect(pair.standIn.received).toMatchObject([{ method, path: `/tasks/${id}${suffix}` }]);
  });

  it.each([404, 409])('hands %i on', async (refused) => {
    pair.standIn.answer = json(refused, { error: 'No' });
    const answer = await pair.gateway.ask(`/longtask/${id}${suffix}`, { method });
    expect([answer.status, answer.body]).toEqual([refused, { error: 'No' }]);
  });

  it('answers 404 for what can be no task, and asks nobody', async () => {
    const answer = await pair.gateway.ask(`/longtask/x${suffix}`, { method });
    expect([answer.status, answer.body, pair.standIn.received]).toEqual([
      404,
      { error: 'There is no task x' },
      [],
    ]);
  });
});

it.each([
  ['GET', '/longtask'],
  ['GET', `/longtask/${id}/events`],
  ['DELETE', `/longtask/${id}`],
  ['POST', `/longtask/${id}/redrive`],
])('%s %s needs a token', async (method, path) => {
  const { status, body } = await pair.gateway.ask(path, { method, headers: { authorization: 'Bearer x' } });
  expect([status, body, pair.standIn.received]).toEqual([403, { error: 'Invalid token' }, []]);
});
