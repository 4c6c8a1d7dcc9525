import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const CHUNKED = 'Transfer-Encoding: chunked\r\n';

describe('of a backend is counted', () => {
  it('what went through bodies both ways, as it was on the wire, and with which status', async () => {
    await using backend = await scriptedBackend(async ({ head, body }) => {
      await body;
      if (head.startsWith('PUT')) return `HTTP/1.1 201 Created\r\n${CHUNKED}\r\n5\r\nhello\r\n0\r\n\r\n`;
      if (head.startsWith('DELETE')) return 'HTTP/1.1 204 No Content\r\n\r\n';
      return head.startsWith('GET /never') ? '' : ok('12345678');
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const head = relayed(ok('12345678')).replace(/12345678$/, '');
    const expected = `${relayed(ok('12345678'))}${head}${relayed(`HTTP/1.1 201 Created\r\n${CHUNKED}\r\n`)}5\r\nhello\r\n0\r\n\r\n${relayed('HTTP/1.1 204 No Content\r\n\r\n')}`;
    client.send(
      request('POST /', 'Content-Length: 3\r\n', 'abc') +
        request('HEAD /') +
        request('PUT /', CHUNKED, '3\r\nabc\r\n0\r\n\r\n') +
        request('DELETE /'),
    );
    // The backend gives HEAD a body that it must not have, which goes nowhere.
    expect(await client.read(expected)).toBe(expected);
    using leaving = await RawClient.connect(proxy.port);
    leaving.send(request('GET /never'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    leaving.reset();
    await proxy.idle();
    const { requests, errors, bytesReceived, bytesSent, statuses } = proxy.backends[0]?.totals() ?? {};
    expect({ requests, errors, bytesReceived, bytesSent, statuses }).toEqual({
      requests: 5,
      errors: 0,
      bytesReceived: 3 + 13,
      bytesSent: 8 + 15,
      statuses: new Map([
        [200, 2],
        [201, 1],
        [204, 1],
        [499, 1],
      ]),
    });
  });

  it('how long it took to connect, to the head of the answer and to its end', async () => {
    await using backend = await scriptedBackend(({ head, socket }) => {
      if (head.startsWith('POST /never')) socket.end();
      else setTimeout(() => socket.write(ok('late')), 30);
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('late')))).toBe(relayed(ok('late')));
    await client.send(request('POST /never')).readUntil((received) => received.endsWith('}'));
    await proxy.idle();
    const durations = proxy.backends[0]?.totals().durations;
    const count = (buckets: readonly number[] = []) => buckets.reduce((sum, each) => sum + each, 0);
    // Of the one that got no answer it is known how long it took to find that out.
    expect(
      [durations?.connect, durations?.head, durations?.total].map((each) => count(each?.buckets)),
    ).toEqual([2, 1, 2]);
    const { connect, head, total } = durations ?? {};
    expect(connect?.sum).toBeLessThan(head?.sum ?? 0);
    expect(head?.sum).toBeGreaterThan(0.025);
    expect(total?.sum).toBeGreaterThanOrEqual(head?.sum ?? Infinity);
  });
});
