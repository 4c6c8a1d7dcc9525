import { freePorts, httpUpstream, rawUpstream, type Upstream } from '@balanza/testing';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractException } from '../errors.js';
import { requestContext } from '../request-context.js';
import { ServiceClient, type ServiceRequest } from './service-client.js';

const GET = { method: 'GET', path: '/things/1' } as const;
const POST = { method: 'POST', path: '/things', body: { name: 'ñ' } } as const;

const clients: ServiceClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

function clientOf(origin: string, options: { timeoutMs?: number; serviceToken?: string } = {}) {
  const client = new ServiceClient({ name: 'The shop', origin, timeoutMs: 5_000, ...options });
  clients.push(client);
  return client;
}

/** A service that answers every request with this, and counts them. */
async function serviceThat(status: number, body: unknown, headers: Record<string, string> = {}) {
  return httpUpstream((_request, response) => response.writeHead(status, headers).end(JSON.stringify(body)));
}

/** The error that the contract answers for what became of a call. */
async function errorOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ContractException)) throw new Error('no error of the contract', { cause: error });
  return { status: error.getStatus(), body: error.getResponse(), headers: error.extra.headers };
}

describe('a request', () => {
  it('goes out as JSON, with the id of the request it is for and the shared token', async () => {
    await using service = await httpUpstream(async (request, response) => {
      const { method, url, headers } = request;
      const { accept, 'content-type': type, 'x-request-id': id, 'x-balanza-service-token': token } = headers;
      const body = await text(request);
      response
        .writeHead(201, { 'x-extra': 'yes' })
        .end(JSON.stringify({ method, url, accept, type, id, token, body }));
    });
    const shop = clientOf(service.url, { serviceToken: 'shared' });
    const answer = await requestContext.run({ requestId: 'order-7', trace: {} }, () => shop.send(POST));
    expect([answer.status, answer.headers['x-extra']]).toEqual([201, 'yes']);
    const sent = { accept: 'application/json', type: 'application/json', token: 'shared', id: 'order-7' };
    expect(answer.body).toEqual({ method: 'POST', url: '/things', ...sent, body: '{"name":"ñ"}' });
    const bare = await clientOf(service.url).call(GET);
    expect(bare).toEqual({ method: 'GET', url: '/things/1', accept: 'application/json', body: '' });
  });

  it('may be answered without a body', async () => {
    await using service = await httpUpstream((_request, response) => response.writeHead(204).end());
    expect(await clientOf(service.url).call({ method: 'DELETE', path: '/things/1' })).toBeUndefined();
  });
});

describe('a stream', () => {
  it('is handed on as it comes, for longer than its head may take', async () => {
    const gate = Promise.withResolvers<void>();
    await using service = await httpUpstream(async (request, response) => {
      response.write(String(request.headers['last-event-id']));
      await gate.promise;
      response.end('last');
    });
    const headers = { 'last-event-id': '7' };
    const body = await clientOf(service.url, { timeoutMs: 200 }).stream({ ...GET, headers });
    const pieces: string[] = [];
    body.on('data', (piece: Buffer) => pieces.push(piece.toString()));
    await expect.poll(() => pieces).toEqual(['7']);
    await setTimeout(300);
    gate.resolve();
    await once(body, 'end');
    expect(pieces).toEqual(['7', 'last']);
  });

  it('breaks off with its signal, and the service knows', async () => {
    const gone = Promise.withResolvers<void>();
    await using service = await httpUpstream((_request, response) => {
      response.once('close', () => gone.resolve()).write('first');
    });
    const leave = new AbortController();
    const body = await clientOf(service.url).stream({ ...GET, signal: leave.signal });
    body.on('error', () => undefined);
    leave.abort();
    await gone.promise;
    expect(body.destroyed).toBe(true);
  });

  it('that is refused, or has no head in time, is an error of the contract', async () => {
    await using service = await serviceThat(404, { error: 'No such thing' });
    expect(await errorOf(clientOf(service.url).stream({ ...GET, relay: [404] }))).toMatchObject({
      status: 404,
      body: { error: 'No such thing' },
    });
    await using silent = await rawUpstream(() => undefined);
    expect(await errorOf(clientOf(silent.url, { timeoutMs: 50 }).stream(GET))).toMatchObject({
      status: 504,
      body: { error: 'The shop did not answer within 50 ms' },
    });
  });
});

describe('a refusal', () => {
  const refused = { error: 'No such thing' };

  it.each([502, 503, 504])('%i is handed on with its sentence', async (status) => {
    await using service = await serviceThat(status, refused, { 'retry-after': '7' });
    expect(await errorOf(clientOf(service.url).call(GET))).toEqual({
      status,
      body: refused,
      headers: { 'retry-after': '7', 'proxy-status': `balanza; received-status=${status}` },
    });
  });

  it('503 is handed on with a time to try again, even if the service named none', async () => {
    await using service = await serviceThat(503, refused);
    expect((await errorOf(clientOf(service.url).call(GET))).headers).toEqual({
      'retry-after': '1',
      'proxy-status': 'balanza; received-status=503',
    });
  });

  it('says from where it was handed on, behind what those before have said', async () => {
    const before = { 'proxy-status': 'balanza; error=destination_unavailable' };
    await using service = await serviceThat(503, refused, before);
    expect((await errorOf(clientOf(service.url).call(GET))).headers).toEqual({
      'retry-after': '1',
      'proxy-status': 'balanza; error=destination_unavailable, balanza; received-status=503',
    });
  });

  it('of the caller’s own is handed on where it is asked for, and is this process’s mistake elsewhere', async () => {
    await using service = await serviceThat(404, refused);
    const shop = clientOf(service.url);
    expect(await errorOf(shop.call({ ...GET, relay: [404] }))).toEqual({
      status: 404,
      body: refused,
      headers: {},
    });
    expect(await errorOf(shop.call(GET))).toMatchObject({
      status: 502,
      body: { error: 'The shop answered 404 where an answer of the contract was expected' },
    });
    expect((await shop.send(GET)).status).toBe(404);
  });

  it('of invalid fields is handed on with their details, where they are such', async () => {
    const details = [{ field: 'size', message: 'must be a number' }];
    await using service = await serviceThat(400, { error: 'Not valid', details, request_id: 'x' });
    const error = { status: 400, headers: {} };
    expect(await errorOf(clientOf(service.url).call({ ...GET, relay: [400] }))).toEqual({
      ...error,
      body: { error: 'Not valid', details },
    });
    await using other = await serviceThat(400, { error: 'Not valid', details: 'size' });
    expect(await errorOf(clientOf(other.url).call({ ...GET, relay: [400] }))).toEqual({
      ...error,
      body: { error: 'Not valid' },
    });
  });

  it.each([[null], ['text'], [{ message: 'no' }], [{ error: 5 }]])(
    'whose body is %j is none of the contract',
    async (body) => {
      await using service = await serviceThat(503, body);
      expect(await errorOf(clientOf(service.url).call(GET))).toMatchObject({
        status: 502,
        body: { error: 'The shop answered 503 where an answer of the contract was expected' },
      });
    },
  );
});

describe('a service', () => {
  it('that nobody runs is unavailable, and soon to be tried again', async () => {
    const [port] = await freePorts(1);
    expect(await errorOf(clientOf(`http://127.0.0.1:${port}`).call(POST))).toEqual({
      status: 503,
      body: { error: 'The shop cannot be reached now; try again' },
      headers: { 'retry-after': '1', 'proxy-status': 'balanza; error=destination_unavailable' },
    });
  });

  it('that is silent is given up after the time allowed', async () => {
    await using service = await rawUpstream(() => undefined);
    expect(await errorOf(clientOf(service.url, { timeoutMs: 50 }).call(GET))).toMatchObject({
      status: 504,
      body: { error: 'The shop did not answer within 50 ms' },
    });
  });

  it.each([
    ['is not JSON', '<html>', 'The shop answered something that is not JSON'],
    ['has more than 8 MiB', 'x'.repeat(8 * 1024 * 1024 + 1), 'The shop answered more than is taken'],
  ])('whose answer %s has broken', async (_what, body, error) => {
    await using service = await httpUpstream((_request, response) => response.end(body));
    expect(await errorOf(clientOf(service.url).call(GET))).toMatchObject({ status: 502, body: { error } });
  });

  it('is not waited for when the client that asked has gone', async () => {
    const gone = new AbortController();
    await using service = await rawUpstream(() => gone.abort());
    expect(await errorOf(clientOf(service.url).call({ ...GET, signal: gone.signal }))).toMatchObject({
      status: 499,
      body: { error: 'The client went away' },
    });
  });
});

describe('a service that dies in the middle', () => {
  const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue';
  const LAST_ANSWER = ANSWER.replace('\r\n', '\r\nConnection: close\r\n');

  /** Breaks off the first connections after half an answer, and serves the others. */
  async function dying(times: number, answer: string): Promise<Upstream & { readonly asked: () => number }> {
    let asked = 0;
    const upstream = await rawUpstream((socket) =>
      socket.once('data', () => {
        asked++;
        if (asked > times) socket.end(answer);
        else socket.write(answer.slice(0, -2), () => socket.destroy());
      }),
    );
    return { ...upstream, asked: () => asked };
  }

  it.each([
    ['a GET is asked once more', GET, 1, 2, true],
    ['a GET is asked once more, also where it said that it would close', GET, 1, 2, true, LAST_ANSWER],
    ['a GET is not asked a third time', GET, 2, 2, 'The shop broke off in the middle of an answer'],
    ['a POST is not sent again', POST, 1, 1, 'The shop broke off in the middle of an answer'],
  ] as const)('%s', async (_what, request: ServiceRequest, times, asked, outcome, answer = ANSWER) => {
    await using service = await dying(times, answer);
    const call = clientOf(service.url).call(request);
    if (typeof outcome === 'string') {
      expect(await errorOf(call)).toMatchObject({ status: 502, body: { error: outcome } });
    } else expect(await call).toBe(outcome);
    expect(service.asked()).toBe(asked);
  });
});
