import { freePorts, httpUpstream, rawExchange, systemPackage, temporaryFolder } from '@balanza/testing';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { Processes } from '../processes/processes.ts';
import { untilReady } from '../processes/ready.ts';
import { CONTESTANTS } from './contestants.ts';

const REQUEST = 'POST /upload?a=1 HTTP/1.1\r\nHost: example.test\r\nContent-Length: 4\r\n\r\nbody';

it.for(CONTESTANTS)('$name does the same work as the others', async (contestant, { skip }) => {
  skip(!systemPackage(contestant.name, contestant.version !== undefined), 'it is not installed');
  const received: IncomingMessage[] = [];
  const ports: (number | undefined)[] = [];
  await using backend = await httpUpstream((request, response) => {
    request.resume().once('end', () => response.end('answer'));
    if (request.url !== '/upload?a=1') return;
    received.push(request);
    ports.push(request.socket.remotePort);
  });
  const [port = 0] = await freePorts(1);
  using folder = temporaryFolder();
  const processes = new Processes();
  try {
    const command = contestant.command({ port, backendPort: backend.port, threads: 1, folder: folder.path });
    await untilReady(await processes.start(command, '0'), command, port);
    for (const nth of [1, 2]) {
      const answer = await rawExchange(port, REQUEST, (text) => text.endsWith('answer'));
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(received).toHaveLength(nth);
    }
    for (const { headers } of received) {
      expect(headers).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'example.test',
        via: expect.stringMatching(/^1\.1 [\w-]+$/),
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{32,36}$/i),
      });
    }
    expect(received[0]?.headers['x-request-id']).not.toBe(received[1]?.headers['x-request-id']);
    expect(ports[0]).toBe(ports[1]);
  } finally {
    await processes.close();
  }
});
