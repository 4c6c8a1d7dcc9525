import { ok } from './messages.js';
import { proxyServer } from './proxy-server.js';
import { RawClient } from './raw-client.js';
import { scriptedBackend, type Script } from './scripted-backend.js';

/** All that is on by default of retries. */
export const RETRYING = { policy: { retry: {} } };
/** An answer with a status of its own. */
export const status = (code: number, fields = '', body = 'no') =>
  `HTTP/1.1 ${code} Broken\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
/** Answers with the method and the length of the body. */
const good: Script = async ({ head, body }) => ok(`${head.split(' ')[0]} ${(await body).length}`);
/** Closes the connection without an answer. */
export const close: Script = ({ socket }) => void socket.end();

/** Two backends; the first one asked does what `script` says. */
export async function failingAndGood(script: Script, options: Parameters<typeof proxyServer>[1] = RETRYING) {
  const failing = await scriptedBackend(script);
  const other = await scriptedBackend(good);
  const proxy = await proxyServer([failing.url, other.url], options);
  const client = await RawClient.connect(proxy.port);
  return {
    failing,
    other,
    proxy,
    client,
    counts: () =>
      proxy.backends.map((backend) => {
        const { requests, errors, retries } = backend.totals();
        return { requests, errors, retries, inFlight: backend.inFlight };
      }),
    [Symbol.asyncDispose]: async () => {
      client.socket.destroy();
      await proxy[Symbol.asyncDispose]();
      await failing[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

/** The counts of both, where one request went from the first to the second. */
export const RETRIED = [
  { requests: 1, errors: 1, retries: 0, inFlight: 0 },
  { requests: 1, errors: 0, retries: 1, inFlight: 0 },
];
