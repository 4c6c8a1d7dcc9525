import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServer } from '../embedded-server.js';

/** A real PostgreSQL for one test file: a fresh data folder and a free port. */
export interface TestPostgres {
  readonly url: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly server: EmbeddedServer;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/** Starts one; it takes about a second. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'balanza-postgres-'));
  const dataDirectory = join(folder, 'data');
  const port = await freePort();
  const server = new EmbeddedServer({ dataDirectory, port });
  await server.start();
  return {
    url: server.url,
    port,
    dataDirectory,
    server,
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}
