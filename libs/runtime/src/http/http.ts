import type { ErrorBody } from '@balanza/contracts';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import type { RuntimeConfig } from '../config/runtime-config.js';
import type { Logger } from '../logging/logger.js';
import { requestContext, requestIdFrom, traceFieldsOf } from '../request-context.js';
import { requireServiceToken } from '../service-auth.js';
import { refuseBeyondRequests } from './beyond-requests.js';
import { answerClientError, MAX_HEADER_BYTES } from './client-error.js';
import { closeConnectionsWhen } from './drained-connections.js';
import { acceptOnlyJson } from './json-body.js';
import { discardUnreadBodies } from './lingering-close.js';
import { refuseOtherHosts } from './hosts.js';
import { ignoreTypeOfNoContent } from './no-content.js';
import { isProbe } from './probe-routes.js';
import { answerUnrouted } from './unrouted.js';

/** Longest path parameter that is routed; what is too long for its field is then refused by its schema. */
const MAX_PARAM_LENGTH = MAX_HEADER_BYTES;
/** Longer than any client's, so that it is the client who closes an idle connection. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** The limits and the error answers of every HTTP server of the system. */
export function httpOptions(config: RuntimeConfig, logger: Logger): FastifyHttpOptions<Server> {
  return {
    // Fastify's own lines per request and per listen say nothing that ours do not.
    loggerInstance: logger.child({}, { level: 'warn' }),
    bodyLimit: config.BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    genReqId: ({ headers }: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdFrom(headers['x-request-id']),
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) => {
      reply.statusCode = 400;
      const body: ErrorBody = { error: `The path ${request.url.slice(0, 200)} is not a valid URL path` };
      // Fastify types this for any schema that the answer might have; where no route was found, there is none.
      void reply.send(body as never);
    },
  };
}

/** What the hooks of an HTTP server need to know. */
export interface HttpConfiguration {
  readonly config: RuntimeConfig;
  readonly logger: Logger;
  /** Where set, only requests that show it are served. */
  readonly serviceToken: string | undefined;
  /** Where set, only requests for one of these hosts or the loopback address are served. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Whether the process is shutting down. */
  readonly isDraining: () => boolean;
}

/** Hooks of every HTTP server of the system, in the order in which a request meets them. */
export function configureHttp(
  server: FastifyInstance,
  { config, logger, serviceToken, hosts, isDraining }: HttpConfiguration,
): void {
  acceptOnlyJson(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    requestContext.run({ requestId: request.id, trace: traceFieldsOf(request.headers) }, done);
  });
  refuseBeyondRequests(server);
  if (hosts !== undefined) refuseOtherHosts(server, hosts);
  ignoreTypeOfNoContent(server);
  answerUnrouted(server, MAX_PARAM_LENGTH);
  if (serviceToken !== undefined) requireServiceToken(server, serviceToken);
  closeConnectionsWhen(server, isDraining);
  discardUnreadBodies(server);
  if (config.ACCESS_LOG) logAnswers(server, logger);
}

function logAnswers(server: FastifyInstance, logger: Logger): void {
  server.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    if (!isProbe(request)) {
      const { id, method, url } = request;
      logger.info(
        { request_id: id, method, url, status: statusCode, ms: Math.round(elapsedTime) },
        'answered',
      );
    }
    done();
  });
}
