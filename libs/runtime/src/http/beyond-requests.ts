import type { FastifyInstance } from 'fastify';
import { ContractException } from '../errors.js';
import { refuse } from './client-error.js';

/** Refuses in the contract's form what Node itself would refuse without a word, or by hanging up. */
export function refuseBeyondRequests(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    // RFC 9112 §3.2; Node's own check answers with an empty body and is switched off.
    if (raw.headers.host !== undefined || raw.httpVersion === '1.0') done();
    else done(new ContractException(400, 'The Host header is missing'));
  });
  // RFC 9110 §10.1.1: whatever is expected, other than 100-continue.
  server.server.on('checkExpectation', ({ socket }) => {
    refuse(socket, '417 Expectation Failed', 'Nothing but 100-continue can be expected here');
  });
  server.server.on('connect', (_request, socket) => {
    refuse(socket, '501 Not Implemented', 'This server opens no tunnels; CONNECT is for proxies');
  });
}
