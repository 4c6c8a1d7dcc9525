import { freePorts, httpUpstream } from '@balanza/testing';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { proxyServer } from '../testing/proxy-server.js';

/** A POST over `agent`'s one connection. */
function post(
  url: string,
  agent: Agent,
  body: string,
): Promise<[status: number | undefined, answer: string]> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers: { 'content-length': body.length } }, (response) => {
      text(response).then((answer) => resolve([response.statusCode, answer]), reject);
    })
      .on('error', reject)
      .end(body);
  });
}

describe('a request with a body whose first backend cannot be reached', () => {
  it('goes whole to the next one, also over a connection that stands already', async () => {
    await using backend = await httpUpstream(async (incoming, response) =>
      response.end(String((await text(incoming)).length)),
    );
    const [nobody] = await freePorts(1);
    await using proxy = await proxyServer([backend.url, `http://127.0.0.1:${nobody}`]);
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [];
    for (const length of [10, 20, 300_000, 40, 50])
      answers.push(await post(proxy.url, keepAlive, 'x'.repeat(length)));
    expect(answers).toEqual([10, 20, 300_000, 40, 50].map((length) => [200, String(length)]));
    keepAlive.destroy();
  });

  it('is answered 503 when nobody can be, and the connection serves the next request', async () => {
    const [first, second] = await freePorts(2);
    await using proxy = await proxyServer([`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`]);
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const length of [10, 300_000, 10]) {
      expect(await post(proxy.url, keepAlive, 'x'.repeat(length))).toEqual([503, expect.any(String)]);
    }
    keepAlive.destroy();
    expect(proxy.backends.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });
});
