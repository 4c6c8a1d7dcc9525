/** The least that a proxy on `node:http` and undici's dispatch API has to do: a floor for those built on them. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { placeArguments } from './place-arguments.ts';

const { port, backend } = placeArguments();
const pool = new Pool(backend, { connections: 1024, pipelining: 1 });
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'upgrade', 'via']);

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'];
  pool.dispatch(
    {
      path: request.url ?? '/',
      method: request.method as Dispatcher.HttpMethod,
      headers: headersFor(request),
      body: hasBody ? request : null,
    },
    relayTo(response),
  );
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 });

function headersFor({ rawHeaders, headers: { host = '', via }, socket }: IncomingMessage): string[] {
  const headers: string[] = [];
  let forwardedFor = socket.remoteAddress ?? '';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const lowerName = name.toLowerCase();
    if (lowerName === 'x-forwarded-for') forwardedFor = `${value}, ${forwardedFor}`;
    else if (!HOP_BY_HOP.has(lowerName)) headers.push(name, value);
  }
  headers.push('X-Forwarded-For', forwardedFor, 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', host);
  headers.push('Via', via === undefined ? '1.1 bench' : `${via}, 1.1 bench`, 'X-Request-Id', randomUUID());
  return headers;
}

function relayTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => {
      response.on('drain', () => controller.resume());
    },
    onResponseStart: (controller, status) => {
      const fields = controller.rawHeaders as Buffer[];
      response.writeHead(
        status,
        fields.map((field) => field.toString('latin1')).filter((_field, index) => isEndToEnd(fields, index)),
      );
    },
    onResponseData: (controller, chunk) => {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd: () => response.end(),
    onResponseError: () => response.destroy(),
  };
}

function isEndToEnd(fields: readonly Buffer[], index: number): boolean {
  return !HOP_BY_HOP.has((fields[index - (index % 2)] ?? '').toString('latin1').toLowerCase());
}
