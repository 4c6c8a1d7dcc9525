import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { startApp, type RunningApp } from '@balanza/runtime';
import { freePorts } from '@balanza/testing';
import { apiGateway } from '../app.js';

/** An answer, its body already read as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A gateway under test. */
export interface Gateway extends AsyncDisposable {
  readonly app: RunningApp;
  readonly instance: string;
  readonly url: string;
  /** Asks with a valid token, unless `headers` has another `authorization`; sends `body` as JSON. */
  ask(path: string, init?: RequestInit & { json?: unknown }): Promise<Reply>;
}

/** A gateway on a free port. What `env` leaves out, it looks for where nobody listens. */
export async function startGateway(env: Record<string, string> = {}): Promise<Gateway> {
  const [port, closed] = await freePorts(2);
  const nowhere = `http://127.0.0.1:${closed}`;
  const app = await startApp(apiGateway, {
    PORT: String(port),
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    CACHE_URL: nowhere,
    DATABASE_SERVICE_URL: nowhere,
    MICROSERVICES_URL: nowhere,
    WORKERS_URL: nowhere,
    ...env,
  });
  const url = `http://127.0.0.1:${app.context.port}`;
  const secret = env['JWT_SECRET'] ?? DEVELOPMENT_SECRET;
  const token = await mintToken({ secret, subject: 'test', expiresIn: 600 });
  return {
    app,
    url,
    instance: app.context.instance,
    async ask(path, { json, ...init } = {}) {
      const response = await fetch(url + path, {
        ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
        ...init,
        headers: {
          authorization: `Bearer ${token}`,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(init.headers as Record<string, string> | undefined),
        },
      });
      const body = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: body === '' ? undefined : (JSON.parse(body) as unknown),
      };
    },
    [Symbol.asyncDispose]: () => app.stop(),
  };
}
