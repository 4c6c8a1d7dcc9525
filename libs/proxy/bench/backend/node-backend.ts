/** The backend where nginx is not installed: `node node-backend.ts <port>`. */
import { createServer } from 'node:http';
import { LARGE_ANSWER_BYTES, PATHS, SMALL_ANSWER } from '../scenarios.ts';

const small = Buffer.from(SMALL_ANSWER);
const large = Buffer.alloc(LARGE_ANSWER_BYTES, 'x');

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const body = request.url === PATHS.large ? large : small;
  request.resume();
  request.once('end', () => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  });
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
