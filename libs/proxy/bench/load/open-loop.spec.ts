import { httpUpstream, percentile, rawUpstream } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bytesOf, HEAD_BYTES } from './load-request.ts';
import { OpenLoop, type OpenLoopOptions } from './open-loop.ts';

const REQUEST = { method: 'GET', path: '/', bodyBytes: 0 } as const;

function openLoop(port: number, options: Partial<OpenLoopOptions> = {}): OpenLoop {
  const request = bytesOf(REQUEST, port);
  return new OpenLoop({
    port,
    request,
    connections: 4,
    rate: 200,
    seconds: 1,
    warmUpSeconds: 0.1,
    ...options,
  });
}

it('every request is sent once, at the rate asked for, with a head of the size asked for', async () => {
  let heads = 0;
  await using upstream = await rawUpstream((socket) => {
    socket.on('data', (bytes) => {
      expect(bytes.length).toBe(HEAD_BYTES);
      heads++;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { latencies, elapsedSeconds, ...counts } = await openLoop(upstream.port).run();
  expect(elapsedSeconds).toBeGreaterThan(1.09);
  expect({ ...counts, measured: latencies.length, heads }).toEqual({
    answered: 220,
    due: 200,
    failed: 0,
    measured: 200,
    heads: 220,
  });
});

it('a wait counts for each request that was due during it, sent or not', async () => {
  let answered = 0;
  await using upstream = await httpUpstream(async (_request, response) => {
    // The only connection is stalled once, so the requests that are due meanwhile cannot even be sent.
    if (++answered === 50) await setTimeout(500);
    response.end('ok');
  });
  const { latencies } = await openLoop(upstream.port, { connections: 1, warmUpSeconds: 0 }).run();
  // One in 200 waited for its answer; that about 100 were due in those 500 ms shows in the upper quartile.
  expect(percentile(latencies, 75)).toBeGreaterThan(100_000);
});

it('answers that are not 2xx count as failed', async () => {
  await using upstream = await httpUpstream((_request, response) =>
    response.writeHead(502, { 'Content-Length': 2 }).end('no'),
  );
  const { failed } = await openLoop(upstream.port, { seconds: 0.1, warmUpSeconds: 0 }).run();
  expect(failed).toBe(20);
});

it('an answer that cannot be counted ends the run', async () => {
  await using upstream = await rawUpstream((socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  await expect(openLoop(upstream.port).run()).rejects.toThrow('an answer without Content-Length');
});

it('a connection that the proxy closes ends the run', async () => {
  await using upstream = await rawUpstream((socket) => {
    socket.on('data', () => socket.end());
  });
  await expect(openLoop(upstream.port).run()).rejects.toThrow('the proxy closed a connection');
});
