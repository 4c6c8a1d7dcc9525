import { freePorts, temporaryFolder } from '@balanza/testing';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { locateBinaries } from './binaries.js';
import { prepareCluster } from './cluster.js';
import { connectionSettings } from './connection-settings.js';
import { EmbeddedServer } from './embedded-server.js';
import { chooseUser } from './run-as.js';

it('a cluster made as on Windows, by a server, accepts our role and no other', async () => {
  using folder = temporaryFolder();
  // Another user, as which root runs PostgreSQL, has to reach the file with the password; there is none on Windows.
  await chmod(folder.path, 0o755);
  const dataDirectory = join(folder.path, 'data');
  const runAs = await chooseUser(dataDirectory);
  await prepareCluster({ bin: await locateBinaries(runAs), runAs, dataDirectory }, 'win32');
  expect(await readdir(folder.path)).toEqual(['data']);
  expect(await readFile(join(dataDirectory, 'pg_hba.conf'), 'utf8')).toBe(
    'host balanza balanza 127.0.0.1/32 scram-sha-256\n',
  );
  expect(await readdir(dataDirectory)).not.toContain('postmaster.pid');

  const [port = 0] = await freePorts(1);
  const server = new EmbeddedServer({ dataDirectory, port });
  await server.start();
  const client = new pg.Client(connectionSettings(server.url));
  try {
    await client.connect();
    const { rows } = await client.query(
      "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname",
    );
    expect(rows).toEqual([
      { rolname: 'balanza', rolsuper: false },
      { rolname: 'postgres', rolsuper: true },
    ]);
    await expect(
      new pg.Client(connectionSettings(`postgres://postgres@127.0.0.1:${port}/postgres`)).connect(),
    ).rejects.toThrow('no pg_hba.conf entry');
  } finally {
    await client.end();
    await server.stop();
  }
});
