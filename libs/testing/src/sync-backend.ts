import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A backend in a process of its own that serves one request at a time, as a sync worker of gunicorn does. */
export interface SyncBackend extends AsyncDisposable {
  readonly url: string;
  /** Targets of the requests that it has begun to serve, in order. */
  readonly served: readonly string[];
}

const CODE = `
const lock = new Int32Array(new SharedArrayBuffer(4));
const server = require('node:http').createServer((request, response) => {
  process.stdout.write(request.url + '\\n');
  Atomics.wait(lock, 0, 0, Number(process.argv[1]));
  response.setHeader('connection', 'close').end('done');
});
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));
`;

/**
 * Starts one. While it serves a request it does nothing else: the system accepts connections for it, and nothing that is sent
 * there is read.
 *
 * @param serviceMs how long it takes for a request
 */
export async function syncBackend(serviceMs: number): Promise<SyncBackend> {
  const child = spawn(process.execPath, ['-e', CODE, String(serviceMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, 'line')) as [string];
  const served: string[] = [];
  lines.on('line', (target) => served.push(target));
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
