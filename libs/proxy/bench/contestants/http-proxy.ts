/** http-proxy as its documentation has it, with a keep-alive agent. */
import httpProxy from 'http-proxy';
import { randomUUID } from 'node:crypto';
import { Agent, createServer } from 'node:http';
import { placeArguments } from './place-arguments.ts';

const { port, backend } = placeArguments();
const proxy = httpProxy.createProxyServer({
  target: backend,
  agent: new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 1024 }),
  xfwd: true,
});
proxy.on('error', (_error, _request, response) => response.destroy());

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const { headers } = request;
  headers.via = headers.via === undefined ? '1.1 bench' : `${headers.via}, 1.1 bench`;
  headers['x-request-id'] = randomUUID();
  proxy.web(request, response);
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 });
