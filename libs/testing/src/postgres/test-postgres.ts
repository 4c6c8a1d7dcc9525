import { EmbeddedServer } from '@balanza/postgres';
import { join } from 'node:path';
import { freePorts } from '../free-ports.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A real PostgreSQL for one test file: a fresh data folder and a free port. */
export interface TestPostgres {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** To stop and start it in the middle of a test. */
  readonly server: EmbeddedServer;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/**
 * Starts one; it takes about a second.
 *
 * The specs of `@balanza/postgres` use it too, while this library is built on that one. So the `project.json` there
 * takes the way back out of Nx's graph.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = temporaryFolder();
  const dataDirectory = join(folder.path, 'data');
  const [port = 0] = await freePorts(1);
  const server = new EmbeddedServer({ dataDirectory, port });
  await server.start();
  return {
    url: server.url,
    port,
    dataDirectory,
    server,
    async close() {
      await server.stop();
      folder[Symbol.dispose]();
    },
  };
}
